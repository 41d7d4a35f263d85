#include "write/quantized_depth.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>

namespace rollingdepth {

std::vector<std::uint16_t> quantized_depth(const at::Tensor& depth, const DepthClipInfo& info,
                                           int largest) {
  const at::Tensor rows = depth.contiguous();
  const float* values = rows.const_data_ptr<float>();
  const double step = value_per_level(info, largest);
  const double levels_per_value = step > 0 ? 1 / step : 0;
  std::vector<std::uint16_t> levels(static_cast<std::size_t>(rows.numel()));
  for (std::size_t p = 0; p < levels.size(); ++p) {
    const double level =
        (static_cast<double>(values[p]) - static_cast<double>(info.min)) * levels_per_value;
    // NaN fails the comparison.
    levels[p] = level > 0 ? static_cast<std::uint16_t>(std::min<double>(level + 0.5, largest)) : 0;
  }
  return levels;
}

double value_per_level(const DepthClipInfo& info, int largest) {
  return (static_cast<double>(info.max) - static_cast<double>(info.min)) / largest;
}

}  // namespace rollingdepth
