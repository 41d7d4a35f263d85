#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/depth_reader.hpp"
#include "measure/depth_fit.hpp"
#include "measure/metrics.hpp"
#include "measure/optical_flow.hpp"
#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// Over what a candidate is fitted.
enum class FitScope { kClip, kFrame };

struct ComparisonOptions {
  DepthAlignment alignment = DepthAlignment::kNone;
  FitScope scope = FitScope::kClip;
  FitMethod fit = FitMethod::kLeastSquares;
  bool ground_truth = false;  ///< The reference is depth > 0; other pixels do not count.
  /// Ground truth outside does not count, and the candidate is clipped to it; unset: the range of
  /// the ground truth itself. > 0.
  std::optional<double> min_depth;
  std::optional<double> max_depth;
  bool resize = false;           ///< Scale the candidate to the reference's size.
  bool common_frames = false;    ///< Compare as many frames as both have.
  double edge_threshold = 0.05;  ///< Of the reference's range, per pixel; > 0.

  /// @throws Error(kUsage) naming the field and value.
  void validate() const;
};

/// What is borrowed for a comparison.
struct ComparisonInputs {
  DepthReader& reference;
  DepthReader& candidate;
  DepthReader* mask = nullptr;  ///< Pixels that count are not 0; one frame serves all.
  FlowSource* flow = nullptr;   ///< At the reference's size.
};

/// What the values of a clip look like before anything is aligned.
struct ValueSummary {
  double min = 0;  ///< Of finite values; NaN where there is none.
  double max = 0;
  std::int64_t not_finite = 0;
};

struct FrameComparison {
  std::int64_t valid_pixels = 0;
  std::optional<DepthAffine> affine;  ///< Where every frame has its own.
  MetricValues metrics;
};

struct ClipComparison {
  ValueSummary reference;
  ValueSummary candidate;
  std::int64_t valid_pixels = 0;
  std::optional<DepthAffine> affine;  ///< Where the clip has one.
  double min_depth = 0;               ///< The range in effect, with a ground truth.
  double max_depth = 0;
  /// Pixel-wise metrics over all pixels of the clip, ssim the mean over frames.
  MetricValues metrics;
  std::vector<FrameComparison> frames;
  std::vector<std::string> warnings;
};

/// Compares two clips frame by frame, in memory that does not grow with them but for the numbers
/// of each frame. Reads both three times. Frames are measured in parallel; the result does not
/// depend on the number of threads.
/// @throws Error(kInput) for sizes or numbers of frames that differ without leave, and where no
///         pixel counts; Error(kUsage) from validate(); Cancelled.
ClipComparison compare_clips(const ComparisonInputs& inputs, const ComparisonOptions& options,
                             Progress& progress);

}  // namespace rollingdepth
