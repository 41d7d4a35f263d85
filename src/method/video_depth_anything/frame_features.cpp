#include "method/video_depth_anything/frame_features.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "method/video_depth_anything/frames.hpp"
#include "nn/device.hpp"

namespace rollingdepth::vda {

void FrameFeatures::read_next(ClipFrames& frames,
                              const std::function<bool(std::int64_t)>& is_needed) {
  const std::int64_t first = frames.count();
  std::vector<Frame> batch = frames.read(batch_);
  const auto count = static_cast<std::int64_t>(batch.size());
  bool any = false;
  for (std::int64_t i = 0; i < count; ++i) any = any || is_needed(first + i);
  if (!any) return;
  std::vector<at::Tensor> prepared;
  for (Frame& frame : batch) {
    const at::Tensor rgb = std::exchange(frame.rgb, {});
    prepared.push_back(prepare_frame(on_device(rgb, networks_.device()), size_));
  }
  const at::Tensor encoded = networks_.encode(at::stack(prepared));
  for (std::int64_t i = 0; i < count; ++i) {
    // A copy: a view would keep the whole batch in memory.
    if (is_needed(first + i)) features_[first + i] = count == 1 ? encoded[i] : encoded[i].clone();
  }
}

void FrameFeatures::keep(const std::function<bool(std::int64_t)>& is_needed) {
  std::erase_if(features_, [&](const auto& entry) { return !is_needed(entry.first); });
}

at::Tensor FrameFeatures::stacked(const std::vector<std::int64_t>& frames, std::int64_t first,
                                  std::int64_t count) const {
  std::vector<at::Tensor> parts;
  parts.reserve(frames.size());
  for (const std::int64_t frame : frames) {
    parts.push_back(features_.at(frame).narrow(0, first, count));
  }
  return at::stack(parts);
}

at::Tensor FrameFeatures::levels(const std::vector<std::int64_t>& frames) const {
  return stacked(frames, 0, numbers_.levels());
}

at::Tensor FrameFeatures::skips(const std::vector<std::int64_t>& frames) const {
  return stacked(frames, numbers_.levels(), numbers_.skips());
}

}  // namespace rollingdepth::vda
