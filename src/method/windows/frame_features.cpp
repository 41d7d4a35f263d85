#include "method/windows/frame_features.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "method/windows/frames.hpp"
#include "nn/device.hpp"

namespace rollingdepth {
namespace {

// A copy: a view would keep the whole batch in memory.
FrameParts parts_of_frame(const FrameParts& batch, std::int64_t place) {
  FrameParts parts;
  for (const at::Tensor& all : batch) parts.push_back(all[place].clone());
  return parts;
}

}  // namespace

at::Tensor stacked(const std::vector<FrameParts>& frames, std::size_t part, std::int64_t first,
                   std::int64_t count, c10::Device device) {
  std::vector<at::Tensor> parts;
  parts.reserve(frames.size());
  for (const FrameParts& frame : frames) {
    parts.push_back(frame[part].narrow(0, first, count).to(device));
  }
  return at::stack(parts);
}

at::Tensor stacked(const std::vector<FrameParts>& frames, std::size_t part, c10::Device device) {
  return stacked(frames, part, 0, frames.front()[part].size(0), device);
}

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

void FrameFeatures::encode(WindowNetworks& networks, const std::vector<Frame>& batch,
                           std::int64_t first, const std::vector<bool>& needed) {
  std::vector<at::Tensor> prepared;
  for (const Frame& frame : batch) {
    prepared.push_back(prepare_frame(on_device(frame.rgb, networks.device()), size_));
  }
  const FrameParts encoded = networks.parts_of(at::stack(prepared), first);
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    if (needed[i]) features_[first + place] = parts_of_frame(encoded, place);
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

std::vector<FrameParts> FrameFeatures::of(const std::vector<std::int64_t>& frames) const {
  const std::lock_guard lock(mutex_);
  std::vector<FrameParts> features;
  for (const std::int64_t frame : frames) features.push_back(features_.at(frame));
  return features;
}

}  // namespace rollingdepth
