#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "base/depth_reader.hpp"

namespace rollingdepth::testing {

/// A depth clip from a tensor [N, H, W] float32, which counts how many frames were asked for.
class TensorReader final : public DepthReader {
 public:
  explicit TensorReader(at::Tensor depth, std::string name = "clip")
      : depth_(std::move(depth)),
        listing_{.name = std::move(name),
                 .frames = depth_.size(0),
                 .height_px = depth_.size(1),
                 .width_px = depth_.size(2)} {}
  [[nodiscard]] const DepthListing& listing() const override { return listing_; }
  std::optional<at::Tensor> next() override {
    if (next_ == listing_.frames) return std::nullopt;
    return depth_[next_++].clone();
  }
  void rewind() override { next_ = 0; }

 private:
  at::Tensor depth_;
  DepthListing listing_;
  std::int64_t next_ = 0;
};

/// A scene without noise, [N, H, W]: two waves that move from frame to frame, between -1 and 1.
inline at::Tensor waves(std::int64_t frames, std::int64_t height_px, std::int64_t width_px) {
  at::Tensor clip = at::empty({frames, height_px, width_px});
  float* values = clip.mutable_data_ptr<float>();
  for (std::int64_t t = 0; t < frames; ++t) {
    for (std::int64_t y = 0; y < height_px; ++y) {
      for (std::int64_t x = 0; x < width_px; ++x) {
        *values++ = static_cast<float>(
            0.6 * std::sin(0.3 * static_cast<double>(x) + 0.2 * static_cast<double>(t)) +
            0.4 * std::cos(0.5 * static_cast<double>(y) - 0.1 * static_cast<double>(t)));
      }
    }
  }
  return clip;
}

}  // namespace rollingdepth::testing
