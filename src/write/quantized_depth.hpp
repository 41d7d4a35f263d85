#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// [H, W] float32 values on CPU as whole numbers, row by row: 0 for info.min, `largest` for
/// info.max, rounded to the nearest, values outside clamped. What is not a number becomes 0, and so
/// does a flat clip.
std::vector<std::uint16_t> quantized_depth(const at::Tensor& depth, const DepthClipInfo& info,
                                           int largest);

/// By how much the value grows from one whole number to the next.
double value_per_level(const DepthClipInfo& info, int largest);

}  // namespace rollingdepth
