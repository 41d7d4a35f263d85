// A video, from its container to its frames.
#include "rollingdepth/video.hpp"

extern "C" {
#include <libavutil/cpu.h>
}

#include "scratch_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  av_cpu_force_count(1);  // Threads that are begun for each input take longer than the input.
  static constexpr VideoReading kReading{.max_pixels = 1 << 14};
  fuzz::reading([file = fuzz::scratch().file("video", {bytes, size})] {
    const auto video = open_video(file, kReading);
    while (video->next()) {
    }
    (void)video->warnings();
  });
  return 0;
}
