#include "decode/linear_light.hpp"

#include <array>
#include <cmath>

namespace rollingdepth {
namespace {

constexpr int kSteps = 65535;

std::array<std::uint8_t, kSteps + 1> srgb_table() {
  std::array<std::uint8_t, kSteps + 1> table{};
  for (int i = 0; i <= kSteps; ++i) {
    const double linear = static_cast<double>(i) / kSteps;
    const double shown =
        linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
    table[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(std::lround(255 * shown));
  }
  return table;
}

}  // namespace

std::uint8_t srgb_level(float linear, OutOfRange& counts) {
  static const std::array<std::uint8_t, kSteps + 1> table = srgb_table();
  ++counts.values;
  if (linear > 1) {
    ++counts.above_one;
    return 255;
  }
  if (std::isnan(linear)) ++counts.no_numbers;
  if (!(linear > 0)) return 0;
  return table[static_cast<std::size_t>(linear * kSteps + 0.5f)];
}

}  // namespace rollingdepth
