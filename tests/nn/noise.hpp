#pragma once

#include <ATen/ATen.h>

namespace rollingdepth::testing {

/// Numbers of a normal distribution, the same for the same `seed`.
inline at::Tensor noise(c10::IntArrayRef shape, c10::ScalarType dtype = at::kFloat,
                        std::uint64_t seed = 1) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed)).to(dtype);
}

}  // namespace rollingdepth::testing
