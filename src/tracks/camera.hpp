#pragma once

#include <array>
#include <string>

#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// How a camera makes pixels of directions: X to the right, Y down, Z ahead. Positions are as in
/// TrackedPoint: the picture spans 0 to width, 0 to height.
struct Camera {
  double fx_px = 0;
  double fy_px = 0;
  double cx_px = 0;
  double cy_px = 0;
  /// k1, k2, p1, p2, k3 of Brown's lens, as OpenCV and COLMAP have them.
  std::array<double, 5> distortion = {};
  std::string source = {};  ///< For people: "--fov-x 60", "cameras.txt (COLMAP, OPENCV)".

  /// Where the line of sight of a pixel meets the plane Z = 1. Of a lens by iteration.
  [[nodiscard]] std::array<double, 2> at_unit_depth(double x_px, double y_px) const;
  /// The point of that pixel at the depth `z` along the optical axis.
  [[nodiscard]] std::array<double, 3> point(double x_px, double y_px, double z) const;
};

/// @param degrees the picture's width covers, above 0 and below 180.
Camera camera_of_field_of_view(FrameSize size, double degrees);
/// What is taken where nothing is known: f = 1.2 max(width, height), as COLMAP does.
Camera assumed_camera(FrameSize size);

}  // namespace rollingdepth
