#include "method/rolling_depth/clip_plan.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "method/rolling_depth/options.hpp"

namespace rollingdepth {
namespace {

// The position of the plan with this dilation, made where there is none yet.
std::size_t plan_of_dilation(ClipPlan& plan, std::int64_t frames, std::int64_t dilation) {
  const auto found =
      std::find_if(plan.dilations.begin(), plan.dilations.end(),
                   [&](const SnippetPlan& made) { return made.dilation == dilation; });
  if (found != plan.dilations.end()) {
    return static_cast<std::size_t>(found - plan.dilations.begin());
  }
  plan.dilations.push_back(
      plan_snippets({.frames = frames, .length = plan.snippet_length, .dilation = dilation}));
  return plan.dilations.size() - 1;
}

}  // namespace

std::int64_t ClipPlan::snippets() const {
  return std::accumulate(
      entries.begin(), entries.end(), std::int64_t{0},
      [&](std::int64_t sum, std::size_t entry) { return sum + dilations[entry].size(); });
}

std::int64_t ClipPlan::distinct_snippets() const {
  return std::accumulate(
      dilations.begin(), dilations.end(), std::int64_t{0},
      [](std::int64_t sum, const SnippetPlan& plan) { return sum + plan.size(); });
}

ClipPlan plan_clip(FrameSize input, std::int64_t frames, const ModelInfo& model,
                   const RollingDepthOptions& options) {
  ClipPlan plan;
  plan.processing_size = processing_size(input, options.clip.res_px, model.downscale);
  plan.output_size = options.clip.restore_res ? input : plan.processing_size;
  plan.snippet_length = std::min(options.snippet_length, frames);
  if (plan.snippet_length < options.snippet_length) {
    plan.warnings.push_back("the clip has " + std::to_string(frames) +
                            (frames == 1 ? " frame" : " frames") + ", so snippets hold " +
                            std::to_string(plan.snippet_length) + " instead of " +
                            std::to_string(options.snippet_length));
  }
  for (const std::int64_t asked : options.dilations) {
    const std::int64_t dilation =
        options.cap_dilation ? cap_dilation(asked, frames, plan.snippet_length) : asked;
    if (plan.snippet_length > 1 && (plan.snippet_length - 1) * dilation >= frames) {
      plan.warnings.push_back("dilation " + std::to_string(dilation) + " does not fit a clip of " +
                              std::to_string(frames) + " frames and is left out");
      continue;
    }
    plan.entries.push_back(plan_of_dilation(plan, frames, dilation));
  }
  return plan;
}

}  // namespace rollingdepth
