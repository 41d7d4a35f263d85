// A z-buffer rasteriser for triangles in world space.
#pragma once

#include <cstdint>
#include <vector>

#include "geometry.hpp"

/// A pinhole camera: x right, y down in the image, z forward.
struct Camera {
  Mat3 camera_from_world;
  Vec3 position;
  float focal_px = 1;
  int width_px = 0, height_px = 0;

  /// World to camera coordinates (x right, y up, z forward).
  Vec3 to_camera(Vec3 world) const { return camera_from_world * (world - position); }
  float center_x() const { return static_cast<float>(width_px) / 2; }
  float center_y() const { return static_cast<float>(height_px) / 2; }

  /// The camera at `eye` that looks along yaw and pitch (radians, up is positive) with a roll.
  static Camera looking(Vec3 eye, float yaw, float pitch, float roll);
};

/// A triangle of the scene in world space; `source` and `instance` lead back to its surface.
struct WorldTriangle {
  Vec3 position[3];
  std::uint32_t instance;
  std::uint32_t source;
};

/// Which triangle is nearest in each pixel, and its inverse depth.
struct Visibility {
  int width_px, height_px;
  std::vector<float> inverse_depth;     ///< 1/metre along z; 0: nothing there.
  std::vector<std::uint32_t> triangle;  ///< Index; kNothing where the depth is 0.
  static constexpr std::uint32_t kNothing = 0xFFFFFFFF;
};

inline constexpr float kNearPlane_m = 0.04F;

Visibility rasterize(const std::vector<WorldTriangle>& triangles, const Camera& camera);

/// Adds triangles to what `out` shows of others, as seen by the same camera.
void rasterize_into(Visibility& out, const std::vector<WorldTriangle>& triangles,
                    const Camera& camera);
