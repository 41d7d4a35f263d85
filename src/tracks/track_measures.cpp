#include "tracks/track_measures.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace rollingdepth {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double distance(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  return std::hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
}

}  // namespace

const std::vector<MeasureInfo>& measure_table() {
  static const std::vector<MeasureInfo> table = {
      {"path_length", "L = sum |p(i+1) - p(i)|", &PathMeasures::path_length},
      {"net_displacement", "D = |p(last) - p(first)|", &PathMeasures::net_displacement},
      {"straightness", "D / L", &PathMeasures::straightness},
      {"tortuosity", "L / D", &PathMeasures::tortuosity},
      {"mean_speed", "L / (frame(last) - frame(first)), per frame", &PathMeasures::mean_speed},
      {"share_of_outliers", "outliers by Hampel's identifier / points",
       &PathMeasures::share_of_outliers}};
  return table;
}

PathMeasures path_measures(const std::vector<PathPoint>& points, double share_of_outliers) {
  PathMeasures measures{.points = static_cast<std::int64_t>(points.size()),
                        .path_length = kUndefined,
                        .net_displacement = kUndefined,
                        .straightness = kUndefined,
                        .tortuosity = kUndefined,
                        .mean_speed = kUndefined,
                        .share_of_outliers = share_of_outliers};
  if (points.size() < 2) return measures;
  double length = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    length += distance(points[i - 1].position, points[i].position);
  }
  const double net = distance(points.front().position, points.back().position);
  measures.path_length = length;
  measures.net_displacement = net;
  // Of a straight line the sum may be rounded below its end's distance.
  if (length > 0) measures.straightness = std::min(1.0, net / length);
  if (net > 0) measures.tortuosity = std::max(1.0, length / net);
  measures.mean_speed = length / static_cast<double>(points.back().frame - points.front().frame);
  return measures;
}

}  // namespace rollingdepth
