#pragma once

#include <array>
#include <cstdint>

namespace rollingdepth {

/// The camera of a frame as networks tell it: pixel = K (R x + t), R and t from world to camera.
struct FrameCamera {
  std::array<double, 12> world_to_camera{};  ///< [R t], 3 rows of 4.
  double vertical_fov_radians = 0;           ///< >= 0; of 0 the focal length is infinite.
  double horizontal_fov_radians = 0;
  /// Cameras of one window are in one world; those of others are not aligned with them. From 0.
  std::int64_t window = 0;
};

}  // namespace rollingdepth
