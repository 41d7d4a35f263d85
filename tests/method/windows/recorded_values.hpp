#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace rollingdepth::testing {

/// Recorded arrays keep every k-th value, so that all of them are small.
inline at::Tensor thinned(const at::Tensor& array, std::int64_t step) {
  return array.flatten().slice(0, 0, std::nullopt, step);
}

/// Largest difference, relative to the largest recorded value.
inline double relative(const at::Tensor& value, const at::Tensor& expected) {
  return ((value - expected).abs().max() / expected.abs().max()).item<double>();
}

/// [frames, 3, 20, 30] uint8, the same in every call.
inline at::Tensor noise_frames(std::int64_t frames) {
  at::manual_seed(1);
  return at::randint(0, 256, {frames, 3, 20, 30}, at::kByte);
}

}  // namespace rollingdepth::testing
