#pragma once

#include <string>

#include "method/rolling_depth/model.hpp"

namespace rollingdepth {

/// How far `actual` is from `expected`: the largest difference relative to the largest value of
/// `expected`. Infinite where a value is not finite or the shapes differ.
double relative_difference(const at::Tensor& expected, const at::Tensor& actual);

/// Runs all three networks of both models on one small input and compares, for a device that is not
/// known to compute right.
/// @param reference  the same package in float32 on CPU.
/// @throws Error(kDevice) naming the first network that differs, and by how much.
void check_against(DepthModel& model, DepthModel& reference);

}  // namespace rollingdepth
