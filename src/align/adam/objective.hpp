#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "align/snippet_samples.hpp"
#include "base/step_team.hpp"

namespace rollingdepth {

/// Derivatives of a frame's loss by one map's scale and shift.
struct MapGradient {
  double scale = 0;
  double shift = 0;
};

/// Buffers reused from frame to frame; one per thread.
struct FrameScratch {
  std::vector<float> mean;          ///< [P].
  std::vector<float> mean_inverse;  ///< [P].
  std::vector<float> inverse;       ///< [K, P].
};

/// Scale and shift of every snippet, one entry after the other; or the gradient by them.
struct AffineParameters {
  std::vector<float> scales;
  std::vector<float> shifts;
};

/// The original's co-alignment loss and its gradient, on samples laid out frame by frame.
/// Results do not depend on the number of threads. Not thread-safe.
class CoAlignObjective {
 public:
  /// @throws Error(kFailed) for samples that do not fit together or are not finite.
  explicit CoAlignObjective(const std::vector<SnippetSamples>& snippets);

  /// Scale 1 and shift 0 for every snippet.
  [[nodiscard]] AffineParameters identity() const;
  /// The loss at `parameters`; its gradient goes to `gradient`.
  double evaluate(const AffineParameters& parameters, AffineParameters& gradient);
  /// One entry per entry of the input.
  [[nodiscard]] std::vector<SnippetAffine> split(const AffineParameters& parameters) const;

 private:
  // Maps first .. first + count of samples_ are those of one frame.
  struct FrameRange {
    std::size_t first = 0;
    std::size_t count = 0;
  };

  void lay_out(const std::vector<SnippetSamples>& snippets);
  [[nodiscard]] std::size_t useful_members() const;
  void evaluate_frames(FrameScratch& scratch);
  double add_penalties(const AffineParameters& parameters, AffineParameters& gradient) const;

  std::vector<std::size_t> snippets_of_entry_;
  std::size_t pixels_ = 0;
  float pixel_weight_ = 0;  // 1 / ((sum of L) * N * P): the original's mean counts its zeros.
  std::vector<FrameRange> frames_;
  std::vector<std::size_t> snippet_of_map_;
  std::vector<float> samples_;  // [maps, P], frame by frame.

  // Rewritten by every evaluation.
  std::vector<float> map_scales_;
  std::vector<float> map_shifts_;
  std::vector<MapGradient> map_gradients_;
  std::vector<double> frame_losses_;
  std::vector<MapGradient> snippet_gradients_;
  std::atomic<std::size_t> next_frame_ = 0;
  std::vector<FrameScratch> scratch_;
  std::unique_ptr<StepTeam> team_;  // Last: its threads use all of the above.
};

}  // namespace rollingdepth
