#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

/// Where a track is in one frame; of two dimensions the third is 0.
struct PathPoint {
  std::int64_t frame = 0;
  std::array<double, 3> position = {};
};

/// Measures of the way that a track takes. What is not defined is NaN.
struct PathMeasures {
  std::int64_t points = 0;
  double path_length = 0;        ///< Sum of the straight lines between points that follow.
  double net_displacement = 0;   ///< From the first to the last.
  double straightness = 0;       ///< net / path, 0 to 1.
  double tortuosity = 0;         ///< path / net, 1 on; undefined where it ends where it began.
  double mean_speed = 0;         ///< path / frames between the first and the last.
  double share_of_outliers = 0;  ///< Of the values that the positions come from.
};

/// One measure, for those that write them down.
struct MeasureInfo {
  std::string_view name;
  std::string_view formula;
  double PathMeasures::*value;
};
/// All but `points`, in the order of PathMeasures.
const std::vector<MeasureInfo>& measure_table();

/// @param points by frame. @param share_of_outliers passed on.
PathMeasures path_measures(const std::vector<PathPoint>& points, double share_of_outliers);

}  // namespace rollingdepth
