#include "method/video_depth_anything/windows.hpp"

#include <algorithm>

namespace rollingdepth::vda {

std::int64_t window_count(std::int64_t frames) {
  if (frames <= kFirstShared) return 1;
  return (frames - kFirstShared + kWindowStep - 1) / kWindowStep;
}

std::array<std::int64_t, kWindowFrames> window_frames(std::int64_t window, std::int64_t frames) {
  std::array<std::int64_t, kWindowFrames> seen{};
  const std::int64_t begin = window * kWindowStep;
  for (std::int64_t i = 0; i < kWindowFrames; ++i) {
    seen[static_cast<std::size_t>(i)] = std::min(begin + i, frames - 1);
  }
  if (window > 0) {
    seen[0] = 0;
    seen[1] = begin - kWindowStep + kAnchor;
  }
  return seen;
}

std::int64_t used_outputs(std::int64_t window, std::int64_t frames) {
  return std::min(kWindowFrames, frames - window * kWindowStep);
}

bool is_seen_from(std::int64_t window, std::int64_t frame) {
  if (window == 0 || frame == 0) return true;
  const std::int64_t begin = window * kWindowStep;
  return frame == begin - kWindowStep + kAnchor || frame >= begin + kFirstShared;
}

}  // namespace rollingdepth::vda
