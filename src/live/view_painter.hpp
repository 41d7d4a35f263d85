#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "live/live_target.hpp"

namespace rollingdepth::live {

/// Makes what video targets show of a frame and its depth.
class ViewPainter {
 public:
  /// @throws Error(kUsage) for an unknown colour map.
  ViewPainter(View view, const std::string& colormap);

  /// The size of the pictures for such maps.
  [[nodiscard]] FrameSize size(FrameSize depth) const;
  /// @param rgb [3, H, W] uint8. @param shown [h, w] float32 of 0 (far) to 1 (near).
  /// @return [h', w', 3] uint8 RGB.
  [[nodiscard]] at::Tensor paint(const at::Tensor& rgb, const at::Tensor& shown) const;

 private:
  View view_;
  at::Tensor table_;
};

}  // namespace rollingdepth::live
