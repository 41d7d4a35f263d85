#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "rollingdepth/clip.hpp"

namespace rollingdepth::testing {

/// Frames held in memory, 40 ms apart, or at the times of `pts`.
class TensorSource final : public FrameSource {
 public:
  explicit TensorSource(at::Tensor frames) : frames_(std::move(frames)) {
    info_ = {.name = "tensor",
             .width_px = frames_.size(3),
             .height_px = frames_.size(2),
             .frame_rate = {25, 1},
             .time_base = {1, 1000},
             .frames_estimate = std::nullopt};
  }
  const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (next_ == frames_.size(0)) return std::nullopt;
    const std::int64_t index = next_++;
    return Frame{frames_[index], pts.empty() ? 40 * index : pts.at(index)};
  }

  /// What the container says of the number of frames.
  void claim(std::int64_t frames, bool exact) {
    info_.frames_estimate = frames;
    info_.frames_exact = exact;
  }

  std::vector<std::int64_t> pts;

 private:
  at::Tensor frames_;
  ClipInfo info_;
  std::int64_t next_ = 0;
};

/// Keeps what it is given.
class RecordingSink final : public DepthSink {
 public:
  void begin(const DepthClipInfo& clip) override { info = clip; }
  void write(const at::Tensor& depth, std::int64_t time) override {
    maps.push_back(depth.clone());
    pts.push_back(time);
  }
  void finish() override {}

  DepthClipInfo info;
  std::vector<at::Tensor> maps;
  std::vector<std::int64_t> pts;
};

}  // namespace rollingdepth::testing
