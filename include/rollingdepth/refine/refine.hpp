#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "rollingdepth/base/progress.hpp"
#include "rollingdepth/infer/model.hpp"

namespace rollingdepth {

struct RefineOptions {
  std::int64_t steps = 0;           ///< R; 0 leaves refinement out.
  std::int64_t snippet_length = 3;  ///< L, >= 1, shrinks to N.
  std::int64_t start_dilation = 6;  ///< Spacing of the first step, >= 1.
  bool cap_dilation = true;
  std::int64_t max_snippets = 1;  ///< Snippets per UNet call, >= 1.
  void validate() const;          ///< Throws Error(kUsage) naming the field and value.
};

/// Coarse-to-fine re-denoising of the aligned depth's latents: the last R timesteps of a 2R-step
/// schedule; at each step all snippets of one spacing predict from the old latents and every frame
/// takes the mean of what its snippets say.
/// @param rgb_latents   [N, C, h, w] model dtype, any device, scaled.
/// @param depth_latents [N, C, h, w] the encoded aligned depth, on the model's device, scaled.
/// @param noise         [1, C, h, w] float32, the noise of the snippets.
/// @return              [N, C, h, w] refined, float32 on the model's device, scaled.
/// Source: Ke et al. 2025, section 3.4.
at::Tensor refine_latents(DepthModel& model, const at::Tensor& rgb_latents,
                          const at::Tensor& depth_latents, const at::Tensor& noise,
                          const RefineOptions& options, Progress& progress);

}  // namespace rollingdepth
