#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "method/rolling_depth/snippet_predictor.hpp"

namespace rollingdepth::testing {

/// Reads the latents of frames from a tensor [N, C, h, w].
inline LatentReader latents_in(at::Tensor latents) {
  return [latents](const std::vector<std::int64_t>& frames) {
    return latents.index_select(0, at::tensor(frames, at::kLong));
  };
}

}  // namespace rollingdepth::testing
