#include "rollingdepth/refine/refine.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>

#include "rollingdepth/base/error.hpp"
#include "rollingdepth/infer/scheduler.hpp"
#include "rollingdepth/infer/snippet_predictor.hpp"

namespace rollingdepth {
namespace {

void require(bool condition, const char* field, std::int64_t value, const char* range) {
  if (condition) return;
  throw Error(ErrorKind::kUsage, std::string("refine ") + field + " must be " + range + ", not " +
                                     std::to_string(value));
}

// One DDIM step of every snippet of `plan` from the old latents, averaged per frame.
at::Tensor refinement_step(DepthModel& model, const DdimScheduler& scheduler,
                           const at::Tensor& rgb_latents, const at::Tensor& depth_latents,
                           const SnippetPlan& plan, std::int64_t timestep,
                           const RefineOptions& options, Progress& progress) {
  at::Tensor sum = at::zeros_like(depth_latents);
  at::Tensor count = at::zeros({depth_latents.size(0), 1, 1, 1}, depth_latents.options());
  for (std::int64_t first = 0; first < plan.size(); first += options.max_snippets) {
    progress.check_cancelled();
    const std::int64_t last = std::min(first + options.max_snippets, plan.size());
    const at::Tensor output =
        denoise_snippets(model, rgb_latents, depth_latents, plan, first, last, timestep);
    for (std::int64_t k = first; k < last; ++k) {
      const auto& row = plan.rows[static_cast<std::size_t>(k)];
      for (std::int64_t j = 0; j < plan.length; ++j) {
        const std::int64_t frame = row[static_cast<std::size_t>(j)];
        sum[frame] += scheduler.step(output[(k - first) * plan.length + j], timestep,
                                     depth_latents[frame], 2 * options.steps);
        count[frame] += 1;
      }
    }
  }
  return sum / count;
}

}  // namespace

void RefineOptions::validate() const {
  require(steps >= 0, "steps", steps, "at least 0");
  require(steps <= 500, "steps", steps, "at most 500");
  require(snippet_length >= 1, "snippet length", snippet_length, "at least 1");
  require(start_dilation >= 1, "start dilation", start_dilation, "at least 1");
  require(max_snippets >= 1, "batch size", max_snippets, "at least 1");
}

at::Tensor refine_latents(DepthModel& model, const at::Tensor& rgb_latents,
                          const at::Tensor& depth_latents, const at::Tensor& noise,
                          const RefineOptions& options, Progress& progress) {
  options.validate();
  const std::int64_t frames = rgb_latents.size(0);
  const std::int64_t length = std::min(options.snippet_length, frames);
  const DdimScheduler scheduler(model.info().scheduler);
  const std::vector<std::int64_t> schedule = scheduler.timesteps(2 * options.steps);
  const auto kept = static_cast<std::size_t>(options.steps);

  at::Tensor latents = scheduler.add_noise(depth_latents.to(at::kFloat),
                                           noise.to(model.device(), at::kFloat), schedule[kept]);
  // A spacing above N / L would leave frames in the middle without a snippet.
  const std::int64_t start = options.cap_dilation
                                 ? cap_dilation(options.start_dilation, frames, length)
                                 : options.start_dilation;
  const std::int64_t largest = std::max<std::int64_t>(1, frames / length);
  for (std::int64_t i = 0; i < options.steps; ++i) {
    const std::int64_t dilation = std::min(refinement_dilation(i, options.steps, start), largest);
    const SnippetPlan plan =
        plan_snippets({.frames = frames, .length = length, .dilation = dilation});
    latents = refinement_step(model, scheduler, rgb_latents, latents, plan,
                              schedule[kept + static_cast<std::size_t>(i)], options, progress);
    progress.advance(i + 1);
  }
  return latents;
}

}  // namespace rollingdepth
