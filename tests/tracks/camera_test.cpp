#include "tracks/camera.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollingdepth {
namespace {

// 90 degrees over 200 pixels: the edge is as far from the middle as the picture plane.
TEST(Camera, HasTheFocalLengthOfItsFieldOfView) {
  const Camera camera = camera_of_field_of_view({.width_px = 200, .height_px = 100}, 90);
  EXPECT_NEAR(camera.fx_px, 100, 1e-9);
  EXPECT_NEAR(camera.fy_px, 100, 1e-9);
  EXPECT_EQ(camera.cx_px, 100);
  EXPECT_EQ(camera.cy_px, 50);
  const auto point = camera.point(200, 100, 4);
  EXPECT_NEAR(point[0], 4, 1e-9);
  EXPECT_NEAR(point[1], 2, 1e-9);
  EXPECT_EQ(point[2], 4);
}

TEST(Camera, IsAssumedFromTheLargerSide) {
  EXPECT_DOUBLE_EQ(assumed_camera({.width_px = 100, .height_px = 400}).fx_px, 480);
}

// Seen through Brown's lens, worked out forwards, and back.
TEST(Camera, UndoesTheLens) {
  Camera camera{.fx_px = 900, .fy_px = 880, .cx_px = 640, .cy_px = 360};
  camera.distortion = {-0.21, 0.07, 0.0012, -0.0008, -0.01};
  const auto [k1, k2, p1, p2, k3] = camera.distortion;
  for (const double x : {-0.6, -0.1, 0.0, 0.35, 0.6}) {
    for (const double y : {-0.35, 0.0, 0.2}) {
      const double r2 = x * x + y * y;
      const double radial = 1 + k1 * r2 + k2 * r2 * r2 + k3 * r2 * r2 * r2;
      const double seen_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x);
      const double seen_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y;
      const auto back = camera.at_unit_depth(640 + 900 * seen_x, 360 + 880 * seen_y);
      EXPECT_NEAR(back[0], x, 1e-9);
      EXPECT_NEAR(back[1], y, 1e-9);
    }
  }
}

}  // namespace
}  // namespace rollingdepth
