// A file of tracks, of any format.
#include "scratch_folder.hpp"
#include "tracks/track_files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  fuzz::reading([file = fuzz::scratch().file("tracks", {bytes, size})] {
    (void)read_tracks(file, {.size = {.width_px = 64, .height_px = 48}, .frames = 16});
  });
  return 0;
}
