#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rollingdepth/align/snippet_samples.hpp"
#include "rollingdepth/base/progress.hpp"

namespace rollingdepth {

/// When to stop the fit. Source: the presets of the original implementation.
struct CoAlignOptions {
  int max_steps = 1200;         ///< >= 1.
  int min_steps = 800;          ///< Early stopping is not looked at before, >= 0.
  int patience = 50;            ///< Steps in a row below the threshold; 0 never stops early.
  double threshold = 5e-5;      ///< On |loss_i - loss_{i-1}|, > 0 where patience is.
  double learning_rate = 1e-3;  ///< Per step, > 0.
  int stride_px = 10;           ///< Fit on every k-th pixel of each axis, >= 1.
  int border_px = 2;            ///< Dropped on each side (decoder edge artefacts), >= 0.
  void validate() const;        ///< Throws Error(kUsage) naming the field and value.
};

/// Names of the quality presets, cheapest first.
std::vector<std::string> quality_names();
/// @throws Error(kUsage) for an unknown name.
CoAlignOptions co_align_options(std::string_view quality);

/// What a fit did.
struct CoAlignSummary {
  int steps = 0;  ///< Updates made.
  double first_loss = 0;
  double last_loss = 0;
  bool stopped_early = false;
  double seconds = 0;
  float min_scale = 0;
  float max_scale = 0;
  std::vector<double> loss_history;  ///< One value per step, taken before the update.
};

struct CoAlignResult {
  std::vector<SnippetAffine> affines;  ///< One entry per entry of the input, same order.
  CoAlignSummary summary;
};

/// Fits scale and shift of every snippet with the original's objective and Adam (betas 0.5, 0.9).
/// @param snippets samples with the clip's minimum already subtracted; all of one frame count and
///                 sample size; N frames in total.
/// @throws Error(kUsage) for options out of range, Error(kFailed) for samples that do not fit
///         together or are not finite.
/// Source: Ke et al. 2025, section 3.3; written out in docs/alignment.md.
CoAlignResult co_align_adam(const std::vector<SnippetSamples>& snippets,
                            const CoAlignOptions& options, Progress& progress);

}  // namespace rollingdepth
