#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "align/snippet_samples.hpp"
#include "rollingdepth/progress.hpp"

namespace rollingdepth {

enum class Aligner {
  kIrls,  ///< Iteratively reweighted least squares: exact and robust.
  kAdam,  ///< The original's objective, descent and early stopping.
};
std::vector<std::string> aligner_names();
std::string to_string(Aligner aligner);
/// @throws Error(kUsage) for an unknown name.
Aligner parse_aligner(std::string_view name);

/// Samples that a fit holds in memory at most, unless a stride is asked for.
inline constexpr std::int64_t kMaxSampleBytes = 128LL * 1024 * 1024;

/// What to fit on and when to stop.
struct CoAlignOptions {
  Aligner aligner = Aligner::kIrls;
  int border_px = 2;  ///< Dropped on each side (decoder edge artefacts), >= 0.
  int stride_px = 0;  ///< Fit on every k-th pixel of each axis; 0: from samples_per_map.
  std::int64_t samples_per_map = 4096;  ///< The stride leaves at least so many, where a map has
                                        ///< them, but see sample_stride_px. >= 1.

  std::int64_t max_sample_bytes = kMaxSampleBytes;  ///< > 0.

  int max_rounds = 10;      ///< irls, >= 1.
  double tolerance = 1e-2;  ///< irls: stops once no snippet moves further, as a share of the
                            ///< noise between snippets, >= 0.

  int max_steps = 1200;         ///< adam, >= 1.
  int min_steps = 800;          ///< adam: early stopping is not looked at before, >= 0.
  int patience = 50;            ///< adam: steps in a row below the threshold; 0 never stops early.
  double threshold = 5e-5;      ///< adam: on |loss_i - loss_{i-1}|, > 0 where patience is.
  double learning_rate = 1e-3;  ///< adam: per step, > 0.

  /// The stride for `maps` maps of this size. Where they are so many that their samples would take
  /// more than max_sample_bytes, it grows.
  [[nodiscard]] int sample_stride_px(std::int64_t height_px, std::int64_t width_px,
                                     std::int64_t maps) const;
  void validate() const;  ///< Throws Error(kUsage) naming the field and value.
};

/// Names of the quality presets, cheapest first.
std::vector<std::string> quality_names();
/// @throws Error(kUsage) for an unknown name.
CoAlignOptions co_align_options(std::string_view quality, Aligner aligner = Aligner::kIrls);

enum class CoAlignStop {
  kConverged,  ///< Adam: the loss stood still. Irls: nothing moved any more.
  kLimit,      ///< All steps or rounds were made.
};

/// What a fit did.
struct CoAlignSummary {
  Aligner aligner = Aligner::kIrls;
  int steps = 0;  ///< Adam: updates made. Irls: rounds.
  /// Adam: the original's loss. Irls: mean distance of aligned samples from their frame's median.
  double first_objective = 0;
  double last_objective = 0;
  CoAlignStop stop = CoAlignStop::kLimit;
  double seconds = 0;
  float min_scale = 0;  ///< Over the snippets that were fitted.
  float max_scale = 0;
  std::vector<double> history;  ///< The objective before every step or round.
  /// Standard deviation of the aligned samples about their frame's median, without outliers.
  double noise = 0;

  // Of irls only.
  std::int64_t degenerate_snippets = 0;     ///< Constant, or without finite values.
  std::int64_t contradicting_snippets = 0;  ///< Left out: they agree with no other.
  std::int64_t contradicting_maps = 0;      ///< Left out, besides those of such snippets.
  std::int64_t down_weighted_snippets = 0;  ///< Less than half of their samples count.
  std::int64_t down_weighted_frames = 0;    ///< The same of frames.
  std::int64_t single_frames = 0;           ///< Shown by one usable snippet: nothing checks them.
  std::int64_t loose_frames = 0;  ///< Shown by left-out snippets only: their scale is a guess.
  std::int64_t parts = 1;  ///< Groups of snippets that share no frame: each has its own scale.
};

struct CoAlignResult {
  std::vector<SnippetAffine> affines;  ///< One entry per entry of the input, same order.
  CoAlignSummary summary;
};

/// Fits scale and shift of every snippet, so that snippets agree where they show the same frame.
/// @param snippets samples with the clip's minimum already subtracted; all of one frame count and
///                 sample size; N frames in total.
/// @return scales > 0 with irls, their mean 1 and that of the shifts 0 over the fitted snippets of
///         each part.
/// @param progress its detail() is told every round of irls, the loss at every 100th step of adam,
///                 and how the fit ended.
/// @throws Error(kUsage) for options out of range, Error(kFailed) for samples that do not fit
///         together or, with adam, are not finite.
CoAlignResult co_align(const std::vector<SnippetSamples>& snippets, const CoAlignOptions& options,
                       Progress& progress);

/// The fit of Aligner::kAdam (betas 0.5, 0.9), whatever options.aligner says.
/// Source: Ke et al. 2025, section 3.3; written out in docs/alignment.md.
CoAlignResult co_align_adam(const std::vector<SnippetSamples>& snippets,
                            const CoAlignOptions& options, Progress& progress);

/// The fit of Aligner::kIrls, whatever options.aligner says. Source: docs/alignment.md; Holland and
/// Welsch 1977, "Robust regression using iteratively reweighted least-squares".
CoAlignResult co_align_irls(const std::vector<SnippetSamples>& snippets,
                            const CoAlignOptions& options, Progress& progress);

/// What a fit did, in a few words: "irls, 6 rounds, residual 0.0041".
std::string one_line(const CoAlignSummary& summary);
/// How a fit ended, for who watches it: "align: converged in round 6, residual 0.0041".
std::string end_line(const CoAlignSummary& summary);
/// What a user should know of a fit, one sentence each.
std::vector<std::string> warnings_of(const CoAlignSummary& summary);

}  // namespace rollingdepth
