#include "method/windows/cameras.hpp"

#include <ATen/core/Tensor.h>

namespace rollingdepth {

FrameCamera camera_of(const at::Tensor& pose, std::int64_t window) {
  const auto values = pose.accessor<float, 1>();
  const double x = values[3], y = values[4], z = values[5], w = values[6];
  const double s = 2 / (x * x + y * y + z * z + w * w);
  return {.world_to_camera = {1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w),
                              values[0], s * (x * y + z * w), 1 - s * (x * x + z * z),
                              s * (y * z - x * w), values[1], s * (x * z - y * w),
                              s * (y * z + x * w), 1 - s * (x * x + y * y), values[2]},
          .vertical_fov_radians = values[7],
          .horizontal_fov_radians = values[8],
          .window = window};
}

}  // namespace rollingdepth
