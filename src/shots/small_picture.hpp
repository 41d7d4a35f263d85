#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <opencv2/core.hpp>

#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// The size at which frames are compared: the longest side has 256 pixels, at most.
/// Source: PySceneDetect, compute_downscale_factor().
FrameSize small_size(FrameSize frame);

/// What cuts are found by: a frame made small.
class SmallPicture {
 public:
  SmallPicture() = default;
  /// @param rgb [3, H, W] uint8 on CPU. @param size that it gets.
  SmallPicture(const at::Tensor& rgb, FrameSize size);

  /// Mean absolute difference of hue (0 to 179, not seen as a circle), saturation and value, 0 to
  /// 255; the mean of the three. Source: PySceneDetect, ContentDetector.
  [[nodiscard]] double change_from(const SmallPicture& other) const;
  /// The same of value alone.
  [[nodiscard]] double value_change_from(const SmallPicture& other) const;
  /// Mean luma, 0 to 255.
  [[nodiscard]] double mean_luma() const;
  /// The share of pixels, 0 to 1, whose luma is `level` or more.
  [[nodiscard]] double share_from(double level) const;

 private:
  std::array<cv::Mat, 3> hsv_;  // Each [h, w] of 8 bits.
  cv::Mat luma_;                // [h, w] of 8 bits.
};

}  // namespace rollingdepth
