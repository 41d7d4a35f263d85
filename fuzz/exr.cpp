// An OpenEXR picture, as depth and as colours.
#include "decode/depth_readers.hpp"
#include "decode/exr_picture.hpp"
#include "scratch_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  constexpr std::int64_t kMaxPixels = 1 << 16;
  const auto file = fuzz::scratch().file("picture.exr", {bytes, size});
  fuzz::reading([&] { (void)read_exr_depth(file, kMaxPixels); });
  fuzz::reading([&] { (void)read_exr_picture(file, kMaxPixels); });
  return 0;
}
