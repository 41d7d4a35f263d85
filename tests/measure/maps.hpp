#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "measure/map_pair.hpp"

namespace rollingdepth::testing {

/// A map from its values, row by row.
inline at::Tensor map_of(std::int64_t width, const std::vector<float>& values) {
  return at::tensor(values).view({-1, width});
}

/// Two maps of which every pixel counts.
inline MapPair all_valid(const at::Tensor& reference, const at::Tensor& candidate) {
  return {reference, candidate, at::ones_like(reference, at::kBool)};
}

/// Two random maps; about one pixel in four is NaN in one of them, and does not count.
inline MapPair random_maps(std::int64_t height, std::int64_t width) {
  at::Tensor reference = at::rand({height, width}) + 1;
  at::Tensor candidate = reference + 0.2 * at::rand({height, width});
  at::Tensor valid = at::rand({height, width}) < 0.75;
  candidate.masked_fill_(valid.logical_not(), std::numeric_limits<float>::quiet_NaN());
  return {reference, candidate, valid};
}

}  // namespace rollingdepth::testing
