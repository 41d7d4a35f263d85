#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "align/snippet_plan.hpp"
#include "base/clip.hpp"
#include "base/resample.hpp"
#include "method/rolling_depth/model.hpp"

namespace rollingdepth {

struct PipelineOptions;

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

/// The frames that a run would use, where the container says how many there are.
std::optional<std::int64_t> expected_frames(const ClipInfo& clip, const PipelineOptions& options);

/// Whether that number holds, unless frames are damaged: the container counts them, or has many
/// more than are asked for.
bool expects_exactly(const ClipInfo& clip, const PipelineOptions& options);

/// REQUIRES: validated options, frames >= 1.
/// Source: Ke et al. 2025, section 3.2; the cap is the original implementation's.
ClipPlan plan_clip(FrameSize input, std::int64_t frames, const ModelInfo& model,
                   const PipelineOptions& options);

/// @throws Error(kUsage) where the model was not made for the snippet lengths asked for.
void check_model_supports(const ModelInfo& model, const PipelineOptions& options);

}  // namespace rollingdepth
