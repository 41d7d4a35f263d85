#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "align/snippet_plan.hpp"
#include "base/crew.hpp"
#include "method/rolling_depth/model.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// One draw of standard normal noise from a CPU generator seeded with `seed`: equal to the
/// original's for the same seed. @return [1, C, h, w] float32 on CPU.
at::Tensor initial_noise(std::int64_t seed, std::int64_t channels, std::int64_t height,
                         std::int64_t width);

/// Colour latents of frames in the order asked for: [F, C, h, w] model dtype, any device, scaled.
using LatentReader = std::function<at::Tensor(const std::vector<std::int64_t>& frames)>;

/// The frames of snippets [first, last) of `plan`, one snippet after the other, [B * L].
std::vector<std::int64_t> frames_of(const SnippetPlan& plan, std::int64_t first, std::int64_t last);

/// Runs the UNet once on whole snippets.
/// @param rgb_latents   [B * L, C, h, w] model dtype, any device, scaled.
/// @param depth_latents the same, or, equal for all frames, [1, C, h, w].
/// @param length        L.
/// @return              [B * L, C, h, w] float32 on model device.
/// @throws Error(kDevice) naming L and the batch size when memory runs out.
at::Tensor denoise_snippets(DepthModel& model, const at::Tensor& rgb_latents,
                            const at::Tensor& depth_latents, std::int64_t length,
                            std::int64_t timestep);

struct PredictorOptions {
  std::int64_t max_snippets = 1;    ///< Snippets per UNet call, >= 1.
  std::int64_t max_vae_frames = 4;  ///< Frames per decoder call, >= 1.
  /// Batches whose first snippet is one of these, and those that are not wanted are not counted
  /// either; unset: all.
  std::optional<UnitRange> begun = std::nullopt;
  /// Whether snippet `k` is to be predicted; unset: all are. A batch of which one snippet is wanted
  /// runs whole, so that every snippet is always computed in the same company.
  std::function<bool(std::int64_t k)> wanted;
};

/// Receives snippet `k` of the plan: [L, H, W] float32 on CPU; from any member's thread.
using SnippetSink = std::function<void(std::int64_t k, const at::Tensor& depth)>;

/// The batches of the snippets in `plan` that `options` want.
std::vector<UnitRange> batches_of(const SnippetPlan& plan, const PredictorOptions& options);

/// Whether one of its snippets is wanted.
bool is_wanted(UnitRange batch, const PredictorOptions& options);

/// Hands out, a batch a task, the prediction of the depth of the snippets in `plan`, all from the
/// same noise, in one DDIM step each. All is borrowed by the tasks but the options.
/// @param noise [1, C, h, w] float32; repeated for every frame.
/// @throws what a task threw: Error(kDevice) naming L and the batch size when memory runs out;
/// Error(kFailed) naming the first snippet whose depth is not finite.
/// Source: Ke et al. 2025, section 3.2.
void predict_snippets(const CrewModels& models, const LatentReader& rgb_latents,
                      const at::Tensor& noise, const SnippetPlan& plan,
                      const PredictorOptions& options, const SnippetSink& sink, CrewTasks& tasks);

}  // namespace rollingdepth
