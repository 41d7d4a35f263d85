#include "align/snippet_plan.hpp"

#include <algorithm>
#include <string>

#include "base/error.hpp"

namespace rollingdepth {

std::vector<std::int64_t> SnippetPlan::uncovered() const {
  std::vector<bool> covered(static_cast<std::size_t>(frames), false);
  for (const auto& row : rows) {
    for (const std::int64_t frame : row) covered[static_cast<std::size_t>(frame)] = true;
  }
  std::vector<std::int64_t> missing;
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    if (!covered[static_cast<std::size_t>(frame)]) missing.push_back(frame);
  }
  return missing;
}

SnippetPlan plan_snippets(const SnippetPlanRequest& request) {
  const auto [frames, length, dilation] = request;
  if (frames < 1 || length < 1 || length > frames || dilation < 1 || dilation > kMaxFrames) {
    throw Error(ErrorKind::kUsage, "cannot plan snippets of " + std::to_string(length) +
                                       " frames with dilation " + std::to_string(dilation) +
                                       " in a clip of " + std::to_string(frames));
  }
  SnippetPlan plan{.frames = frames, .length = length, .dilation = dilation, .rows = {}};
  for (std::int64_t start = 0; start + (length - 1) * dilation < frames; ++start) {
    auto& row = plan.rows.emplace_back();
    for (std::int64_t j = 0; j < length; ++j) row.push_back(start + j * dilation);
  }
  return plan;
}

std::int64_t cap_dilation(std::int64_t dilation, std::int64_t frames, std::int64_t length) {
  return std::max<std::int64_t>(1, std::min(dilation, frames / length - 1));
}

std::int64_t refinement_dilation(std::int64_t i, std::int64_t steps, std::int64_t start) {
  const double remaining = 1 - static_cast<double>(i) / static_cast<double>(steps);
  return static_cast<std::int64_t>(remaining * static_cast<double>(start - 1)) + 1;
}

std::vector<std::vector<CoveringMap>> covering_maps(const std::vector<SnippetPlan>& plans,
                                                    std::int64_t frames) {
  std::vector<std::vector<CoveringMap>> covering(static_cast<std::size_t>(frames));
  for (std::size_t entry = 0; entry < plans.size(); ++entry) {
    const auto& rows = plans[entry].rows;
    for (std::size_t snippet = 0; snippet < rows.size(); ++snippet) {
      for (std::size_t position = 0; position < rows[snippet].size(); ++position) {
        const std::int64_t frame = rows[snippet][position];
        if (frame < 0 || frame >= frames) {
          throw Error(ErrorKind::kFailed, "a snippet of dilation " +
                                              std::to_string(plans[entry].dilation) +
                                              " holds frame " + std::to_string(frame) +
                                              " of a clip of " + std::to_string(frames));
        }
        covering[static_cast<std::size_t>(frame)].push_back(
            {entry, static_cast<std::int64_t>(snippet), static_cast<std::int64_t>(position)});
      }
    }
  }
  return covering;
}

}  // namespace rollingdepth
