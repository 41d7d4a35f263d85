#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "rollingdepth/camera.hpp"

namespace rollingdepth {

/// Numbers of a pose: translation x y z, quaternion x y z w, vertical and horizontal field of view
/// in radians.
inline constexpr std::int64_t kPoseNumbers = 9;

/// @param pose [kPoseNumbers] float32 on CPU; the quaternion of any length but 0.
/// Source: Wang et al. 2025, "VGGT", whose pose encoding GemDepth uses.
FrameCamera camera_of(const at::Tensor& pose, std::int64_t window);

}  // namespace rollingdepth
