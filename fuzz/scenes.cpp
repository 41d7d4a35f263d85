// A list of scenes, CSV or JSON.
#include "scratch_folder.hpp"
#include "shots/scene_files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  fuzz::reading(
      [file = fuzz::scratch().file("scenes", {bytes, size})] { (void)read_scene_file(file); });
  return 0;
}
