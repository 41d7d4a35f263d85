#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "method/rolling_depth/model.hpp"
#include "method/rolling_depth/snippet_predictor.hpp"
#include "rollingdepth/progress.hpp"
#include "store/spool.hpp"

namespace rollingdepth {

/// The most steps of a refinement: a schedule has twice as many of its 1,000 timesteps.
inline constexpr std::int64_t kMaxRefineSteps = 500;

struct RefineOptions {
  std::int64_t steps = 0;           ///< R, up to kMaxRefineSteps; 0 leaves refinement out.
  std::int64_t snippet_length = 3;  ///< L, >= 1, shrinks to N.
  std::int64_t start_dilation = 6;  ///< Spacing of the first step, 1..kMaxFrames.
  bool cap_dilation = true;
  std::int64_t max_snippets = 1;  ///< Snippets per UNet call, >= 1; the run sets it.
};

/// The latents of a clip's refined depth: [F, C, h, w] float32 on the device asked for, scaled, for
/// frames in the order asked for. Thread-safe.
using RefinedLatents =
    std::function<at::Tensor(const std::vector<std::int64_t>& frames, c10::Device device)>;

/// Coarse-to-fine re-denoising of the aligned depth's latents: the last R timesteps of a 2R-step
/// schedule; at each step all snippets of one spacing predict from the old latents and every frame
/// takes the mean of what its snippets say. What the snippets of a step say lies in `spool`; of a
/// job that goes on only what is missing there is computed.
/// @param models        of the members of `crew`.
/// @param frames        N.
/// @param depth_latents of the encoded aligned depth, any device, scaled.
/// @param noise         [1, C, h, w] float32, the noise of the snippets.
/// @return              a reader that borrows `depth_latents`, `spool` and the models.
/// Source: Ke et al. 2025, section 3.4.
RefinedLatents refine_latents(Crew& crew, const CrewModels& models, std::int64_t frames,
                              const LatentReader& rgb_latents, const LatentReader& depth_latents,
                              const at::Tensor& noise, const RefineOptions& options, Spool& spool,
                              Progress& progress);

}  // namespace rollingdepth
