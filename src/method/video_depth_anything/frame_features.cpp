#include "method/video_depth_anything/frame_features.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "method/video_depth_anything/frames.hpp"
#include "nn/device.hpp"

namespace rollingdepth::vda {
namespace {

at::Tensor stacked(const std::vector<at::Tensor>& features, c10::Device device, std::int64_t first,
                   std::int64_t count) {
  std::vector<at::Tensor> parts;
  parts.reserve(features.size());
  for (const at::Tensor& all : features) parts.push_back(all.narrow(0, first, count).to(device));
  return at::stack(parts);
}

}  // namespace

void FrameFeatures::read_next(ClipFrames& frames,
                              const std::function<bool(std::int64_t)>& is_needed,
                              CrewTasks& tasks) {
  const std::int64_t first = frames.position();
  const auto batch = std::make_shared<const std::vector<Frame>>(frames.read(batch_));
  std::vector<bool> needed;
  for (std::int64_t i = 0; i < std::ssize(*batch); ++i) needed.push_back(is_needed(first + i));
  if (std::find(needed.begin(), needed.end(), true) == needed.end()) return;
  tasks.submit(0, [this, batch, first, needed = std::move(needed)](std::size_t member) {
    encode(*networks_[member], *batch, first, needed);
  });
}

void FrameFeatures::encode(Networks& networks, const std::vector<Frame>& batch, std::int64_t first,
                           const std::vector<bool>& needed) {
  std::vector<at::Tensor> prepared;
  for (const Frame& frame : batch) {
    prepared.push_back(prepare_frame(on_device(frame.rgb, networks.device()), size_));
  }
  const at::Tensor encoded = networks.encode(at::stack(prepared));
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    // A copy: a view would keep the whole batch in memory.
    if (needed[i])
      features_[first + place] = needed.size() == 1 ? encoded[0] : encoded[place].clone();
  }
}

void FrameFeatures::keep(const std::function<bool(std::int64_t)>& is_needed) {
  const std::lock_guard lock(mutex_);
  std::erase_if(features_, [&](const auto& entry) { return !is_needed(entry.first); });
}

bool FrameFeatures::have(const std::vector<std::int64_t>& frames) const {
  const std::lock_guard lock(mutex_);
  return std::all_of(frames.begin(), frames.end(),
                     [&](std::int64_t frame) { return features_.contains(frame); });
}

std::vector<at::Tensor> FrameFeatures::of(const std::vector<std::int64_t>& frames) const {
  const std::lock_guard lock(mutex_);
  std::vector<at::Tensor> features;
  for (const std::int64_t frame : frames) features.push_back(features_.at(frame));
  return features;
}

at::Tensor FrameFeatures::levels(const std::vector<at::Tensor>& features,
                                 c10::Device device) const {
  return stacked(features, device, 0, numbers_.levels());
}

at::Tensor FrameFeatures::skips(const std::vector<at::Tensor>& features, c10::Device device) const {
  return stacked(features, device, numbers_.levels(), numbers_.skips());
}

}  // namespace rollingdepth::vda
