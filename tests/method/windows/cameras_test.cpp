#include "method/windows/cameras.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace rollingdepth {
namespace {

at::Tensor pose(std::vector<float> values) { return at::tensor(values); }

// 90 degrees around z take x to y; the length of the quaternion does not count.
TEST(CameraOfAPose, HasTheRotationOfItsQuaternion) {
  for (const float length : {1.F, 0.5F, 3.F}) {
    const float half = length * std::sqrt(0.5F);
    const FrameCamera camera = camera_of(pose({7, 8, 9, 0, 0, half, half, 1.5F, 0.75F}), 4);
    const std::array<double, 12> expected = {0, -1, 0, 7, 1, 0, 0, 8, 0, 0, 1, 9};
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(camera.world_to_camera[i], expected[i], 1e-6) << i;
    }
    EXPECT_EQ(camera.vertical_fov_radians, 1.5);
    EXPECT_EQ(camera.horizontal_fov_radians, 0.75);
    EXPECT_EQ(camera.window, 4);
  }
}

TEST(CameraOfAPose, KeepsLengthsAndHands) {
  const FrameCamera camera = camera_of(pose({0, 0, 0, 0.3F, -0.5F, 0.2F, 0.7F, 1, 1}), 0);
  const at::Tensor matrix =
      at::tensor(std::vector<double>(camera.world_to_camera.begin(), camera.world_to_camera.end()),
                 at::kDouble)
          .view({3, 4})
          .slice(1, 0, 3);
  EXPECT_TRUE(at::allclose(matrix.mm(matrix.t()), at::eye(3, at::kDouble), 0, 1e-12));
  EXPECT_NEAR(at::det(matrix).item<double>(), 1, 1e-12);
}

}  // namespace
}  // namespace rollingdepth
