#pragma once

#include <cstdint>
#include <vector>

namespace rollingdepth {

struct SmoothingOptions {
  std::int64_t outlier_frames = 3;      ///< Frames before and behind that judge a value.
  double outlier_deviations = 3;        ///< Robust standard deviations that it may be off.
  std::int64_t line_frames = 4;         ///< Frames before and behind that a line is fitted to.
  std::int64_t longest_gap_frames = 5;  ///< Frames without a value that are bridged.
};

/// A number of a track in one frame.
struct TimedValue {
  std::int64_t frame = 0;
  double value = 0;  ///< NaN: there is none.
};

/// Which values lie too far from their neighbours, by Hampel's identifier: farther from the median
/// of the window than 3 times 1.4826 times the median absolute deviation from it. Windows end at
/// gaps that are not bridged; one of fewer than three values judges nothing.
/// @param values by frame. @param smallest deviation that can be too far, >= 0.
/// @return       one for each value; false for NaN.
/// Source: Hampel 1974.
std::vector<bool> hampel_outliers(const std::vector<TimedValue>& values, double smallest,
                                  const SmoothingOptions& options = {});

/// The values of local lines, fitted by least squares with tricube weights to what is no outlier: a
/// linear course stays as it is. Outliers, and NaN in gaps that are bridged, get the line's value;
/// other NaN stays. One value alone is its own line.
/// @return one for each value.
/// Source: Cleveland 1979, of first degree, without the robust iterations.
std::vector<double> local_lines(const std::vector<TimedValue>& values,
                                const std::vector<bool>& outliers,
                                const SmoothingOptions& options = {});

}  // namespace rollingdepth
