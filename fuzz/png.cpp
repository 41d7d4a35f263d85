// A grey PNG picture of depth.
#include "decode/picture_file.hpp"
#include "scratch_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  constexpr std::int64_t kMaxPixels = 1 << 16;
  const auto file = fuzz::scratch().file("depth.png", {bytes, size});
  if (size < 2 || bytes[1] != 'P') return -1;  // Another format: that is the target picture.
  fuzz::reading([&] { (void)read_grey_picture(file, kMaxPixels); });
  return 0;
}
