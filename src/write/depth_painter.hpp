#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Paints the depth of a clip so that near has the colour of large inverse depth, whatever its
/// values are: metres are painted as their inverse.
class DepthPainter {
 public:
  /// @throws Error(kUsage) for an unknown colour map.
  explicit DepthPainter(const std::string& colormap);
  void begin(const DepthClipInfo& info);
  /// As colorize(). @param depth [H, W] float32 on CPU. @return [H, W, 3] uint8 RGB.
  [[nodiscard]] at::Tensor paint(const at::Tensor& depth) const;

 private:
  at::Tensor table_;
  bool inverts_ = false;
  float nearest_ = 0;  // Metres; what is nearer has the same colour.
  float min_ = 0;      // Of what is painted.
  float max_ = 0;
};

}  // namespace rollingdepth
