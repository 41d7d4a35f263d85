// A camera of COLMAP, OpenCV or ROS: the first byte chooses the ending of the file's name.
#include <array>

#include "scratch_folder.hpp"
#include "tracks/camera_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  constexpr std::array kNames = {"camera.txt", "camera.yml", "camera.xml"};
  if (size < 1) return -1;
  const char* name = kNames[bytes[0] % kNames.size()];
  fuzz::reading([file = fuzz::scratch().file(name, {bytes + 1, size - 1})] {
    (void)read_camera(file, {.width_px = 64, .height_px = 48});
  });
  return 0;
}
