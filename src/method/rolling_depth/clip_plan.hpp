#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "align/snippet_plan.hpp"
#include "base/resample.hpp"
#include "method/rolling_depth/model.hpp"

namespace rollingdepth {

struct RollingDepthOptions;

/// What a run will do to a clip, known from its size and number of frames alone.
struct ClipPlan {
  FrameSize processing_size;
  FrameSize output_size;
  std::int64_t snippet_length = 0;     ///< In effect: at most the number of frames.
  std::vector<SnippetPlan> dilations;  ///< Distinct ones.
  /// For every dilation in effect, in the order asked for, its position in `dilations`: two that
  /// became equal through the cap are computed once and count twice.
  std::vector<std::size_t> entries;
  std::vector<std::string> warnings;  ///< Dilations left out, snippets shortened.

  [[nodiscard]] std::int64_t snippets() const;           ///< Counting repeats.
  [[nodiscard]] std::int64_t distinct_snippets() const;  ///< That networks run on.
};

/// REQUIRES: validated options, frames >= 1.
/// Source: Ke et al. 2025, section 3.2; the cap is the original implementation's.
ClipPlan plan_clip(FrameSize input, std::int64_t frames, const ModelInfo& model,
                   const RollingDepthOptions& options);

}  // namespace rollingdepth
