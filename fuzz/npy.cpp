// A clip of depth in an .npy file.
#include "decode/depth_readers.hpp"
#include "scratch_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  fuzz::reading([file = fuzz::scratch().file("depth.npy", {bytes, size})] {
    const auto clip = open_npy_depth(file);
    while (clip->next()) {
    }
  });
  return 0;
}
