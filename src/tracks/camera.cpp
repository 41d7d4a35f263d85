#include "tracks/camera.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/formatted.hpp"

namespace rollingdepth {
namespace {

// Of a lens that can be undone at all each step leaves a tenth of the error, or less.
constexpr int kLensSteps = 50;
constexpr double kAssumedFocalPerSize = 1.2;

Camera centred(FrameSize size, double focal_px, std::string source) {
  return {.fx_px = focal_px,
          .fy_px = focal_px,
          .cx_px = static_cast<double>(size.width_px) / 2,
          .cy_px = static_cast<double>(size.height_px) / 2,
          .source = std::move(source)};
}

}  // namespace

// Source: Brown 1966; the iteration is that of OpenCV's undistortPoints.
std::array<double, 2> Camera::at_unit_depth(double x_px, double y_px) const {
  const double seen_x = (x_px - cx_px) / fx_px;
  const double seen_y = (y_px - cy_px) / fy_px;
  if (distortion == std::array<double, 5>{}) return {seen_x, seen_y};
  const auto [k1, k2, p1, p2, k3] = distortion;
  double x = seen_x, y = seen_y;
  for (int step = 0; step < kLensSteps; ++step) {
    const double r2 = x * x + y * y;
    const double radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3));
    const double right = 2 * p1 * x * y + p2 * (r2 + 2 * x * x);
    const double below = p1 * (r2 + 2 * y * y) + 2 * p2 * x * y;
    x = (seen_x - right) / radial;
    y = (seen_y - below) / radial;
  }
  return {x, y};
}

std::array<double, 3> Camera::point(double x_px, double y_px, double z) const {
  const auto [x, y] = at_unit_depth(x_px, y_px);
  return {x * z, y * z, z};
}

Camera camera_of_field_of_view(FrameSize size, double degrees) {
  const double half = degrees * std::numbers::pi / 360;
  return centred(size, static_cast<double>(size.width_px) / 2 / std::tan(half),
                 formatted("field of view of %g degrees", degrees));
}

Camera assumed_camera(FrameSize size) {
  const auto larger = static_cast<double>(std::max(size.width_px, size.height_px));
  return centred(size, kAssumedFocalPerSize * larger, "assumed: f = 1.2 max(width, height)");
}

}  // namespace rollingdepth
