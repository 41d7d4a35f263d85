#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Which snippets of one dilation exist in a clip.
struct SnippetPlanRequest {
  std::int64_t frames = 0;    ///< N >= 1.
  std::int64_t length = 3;    ///< L, 1..N.
  std::int64_t dilation = 1;  ///< Spacing between the frames of a snippet, 1..kMaxFrames.
};

/// S snippets of L frames; snippet k holds frames k, k+d, ..., k+(L-1)d.
struct SnippetPlan {
  std::int64_t frames = 0;
  std::int64_t length = 0;
  std::int64_t dilation = 0;

  [[nodiscard]] std::int64_t size() const;  ///< S; 0 where the spacing does not fit the clip.
  /// The frame at `position` of a snippet.
  [[nodiscard]] std::int64_t frame(std::int64_t snippet, std::int64_t position) const {
    return snippet + position * dilation;
  }
};

/// @throws Error(kUsage) for a request out of range. A spacing that does not fit gives no snippets.
/// Source: Ke et al. 2025, section 3.2.
SnippetPlan plan_snippets(const SnippetPlanRequest& request);

/// Where a frame occurs: map `position` of snippet `snippet` of dilation entry `entry`.
struct CoveringMap {
  std::size_t entry = 0;
  std::int64_t snippet = 0;
  std::int64_t position = 0;
};

/// The maps that cover a frame, in the order entry, snippet.
/// @throws Error(kFailed) for a frame outside the clip of one of the plans.
std::vector<CoveringMap> covering_maps(const std::vector<SnippetPlan>& plans, std::int64_t frame);

/// The largest spacing that the original allows: min(dilation, floor(N/L) - 1), never below 1.
std::int64_t cap_dilation(std::int64_t dilation, std::int64_t frames, std::int64_t length);

/// Spacing at refinement step i of R: int((1 - i/R) * (start - 1)) + 1 in double precision.
/// The order of operations matters: R = 10, start = 6 gives 6 5 5 4 4 3 3 2 1 1.
/// Source: Ke et al. 2025, section 3.4.
std::int64_t refinement_dilation(std::int64_t i, std::int64_t steps, std::int64_t start);

}  // namespace rollingdepth
