#include "align/snippet_plan.hpp"

#include <algorithm>
#include <string>

#include "rollingdepth/error.hpp"

namespace rollingdepth {

std::int64_t SnippetPlan::size() const {
  const std::int64_t steps = length - 1;
  if (frames < 1 || (steps > 0 && dilation > (frames - 1) / steps)) return 0;
  return frames - steps * dilation;
}

SnippetPlan plan_snippets(const SnippetPlanRequest& request) {
  const auto [frames, length, dilation] = request;
  if (frames < 1 || length < 1 || length > frames || dilation < 1 || dilation > kMaxFrames) {
    throw Error(ErrorKind::kUsage, "cannot plan snippets of " + std::to_string(length) +
                                       " frames with dilation " + std::to_string(dilation) +
                                       " in a clip of " + std::to_string(frames));
  }
  return {.frames = frames, .length = length, .dilation = dilation};
}

std::int64_t cap_dilation(std::int64_t dilation, std::int64_t frames, std::int64_t length) {
  return std::max<std::int64_t>(1, std::min(dilation, frames / length - 1));
}

std::int64_t refinement_dilation(std::int64_t i, std::int64_t steps, std::int64_t start) {
  const double remaining = 1 - static_cast<double>(i) / static_cast<double>(steps);
  return static_cast<std::int64_t>(remaining * static_cast<double>(start - 1)) + 1;
}

std::vector<CoveringMap> covering_maps(const std::vector<SnippetPlan>& plans, std::int64_t frame) {
  std::vector<CoveringMap> covering;
  for (std::size_t entry = 0; entry < plans.size(); ++entry) {
    const SnippetPlan& plan = plans[entry];
    if (frame < 0 || frame >= plan.frames) {
      throw Error(ErrorKind::kFailed, "no snippet of dilation " + std::to_string(plan.dilation) +
                                          " knows frame " + std::to_string(frame) +
                                          " of a clip of " + std::to_string(plan.frames));
    }
    const std::int64_t snippets = plan.size();
    if (snippets == 0) continue;
    for (std::int64_t position = plan.length - 1; position >= 0; --position) {
      const std::int64_t snippet = frame - position * plan.dilation;
      if (snippet >= 0 && snippet < snippets) covering.push_back({entry, snippet, position});
    }
  }
  return covering;
}

}  // namespace rollingdepth
