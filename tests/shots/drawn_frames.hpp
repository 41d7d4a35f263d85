#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace rollingdepth::testing {

/// A picture of waves that only `scene` has, seen from (x, y), in pixels. [3, 90, 160] uint8.
/// @param light all is multiplied by it.
inline at::Tensor drawn_frame(int scene, double x = 0, double y = 0, double light = 1) {
  const std::int64_t height = 90, width = 160;
  const at::Tensor rows = at::arange(height, at::kDouble).unsqueeze(1) + y;
  const at::Tensor columns = at::arange(width, at::kDouble).unsqueeze(0) + x;
  std::vector<at::Tensor> planes;
  for (int channel = 0; channel < 3; ++channel) {
    const double own = scene * 1.7 + channel * 2.1;
    const double across = 0.05 + 0.013 * (scene % 5), down = 0.04 + 0.017 * (scene % 3);
    planes.push_back(at::sin(columns * across + own) * 60 + at::cos(rows * down - 2 * own) * 45 +
                     130);
  }
  return (at::stack(planes) * light).clamp(0, 255).to(at::kByte);
}

inline at::Tensor plain_frame(int level) { return at::full({3, 90, 160}, level, at::kByte); }

/// `count` frames of one scene, the camera going `speed` pixels a frame.
inline std::vector<at::Tensor> drawn_shot(int scene, int count, double speed = 0.5) {
  std::vector<at::Tensor> frames;
  for (int i = 0; i < count; ++i) frames.push_back(drawn_frame(scene, i * speed, 0));
  return frames;
}

inline std::vector<at::Tensor> joined(const std::vector<std::vector<at::Tensor>>& parts) {
  std::vector<at::Tensor> frames;
  for (const auto& part : parts) frames.insert(frames.end(), part.begin(), part.end());
  return frames;
}

}  // namespace rollingdepth::testing
