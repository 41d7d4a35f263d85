// A picture of any format but OpenEXR, as a frame of a clip.
#include "decode/picture_file.hpp"
#include "scratch_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  constexpr std::int64_t kMaxPixels = 1 << 16;
  if (size >= 4 && bytes[0] == 0x76 && bytes[1] == 0x2f) return -1;  // That is the target exr.
  const auto file = fuzz::scratch().file("picture", {bytes, size});
  fuzz::reading([&] {
    (void)read_picture_header(file);
    (void)read_picture(file, kMaxPixels);
  });
  return 0;
}
