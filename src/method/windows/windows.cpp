#include "method/windows/windows.hpp"

#include <algorithm>

namespace rollingdepth {

std::int64_t window_count(WindowShape shape, std::int64_t frames) {
  if (frames <= kFirstShared) return 1;
  return (frames - kFirstShared + shape.step() - 1) / shape.step();
}

std::vector<std::int64_t> window_frames(WindowShape shape, std::int64_t window,
                                        std::int64_t frames) {
  std::vector<std::int64_t> seen;
  const std::int64_t begin = window * shape.step();
  for (std::int64_t i = 0; i < shape.frames(); ++i) seen.push_back(std::min(begin + i, frames - 1));
  if (window > 0) {
    seen[0] = 0;
    seen[1] = begin - shape.step() + shape.anchor();
  }
  return seen;
}

std::int64_t used_outputs(WindowShape shape, std::int64_t window, std::int64_t frames) {
  return std::min(shape.frames(), frames - window * shape.step());
}

bool is_seen_from(WindowShape shape, std::int64_t window, std::int64_t frame) {
  if (window == 0 || frame == 0) return true;
  const std::int64_t begin = window * shape.step();
  return frame == begin - shape.step() + shape.anchor() || frame >= begin + kFirstShared;
}

std::int64_t last_window_of(WindowShape shape, std::int64_t frame, std::int64_t frames) {
  if (frame < shape.step() + kFirstShared) return 0;
  return std::min((frame - kFirstShared) / shape.step(), window_count(shape, frames) - 1);
}

}  // namespace rollingdepth
