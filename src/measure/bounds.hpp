#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/comparison.hpp"
#include "measure/metrics.hpp"

namespace rollingdepth {

/// What a metric has to keep: at most `limit` where lower is better (by its absolute value where it
/// has a sign), at least `limit` where higher is better.
struct Bound {
  Metric metric;
  double limit = 0;
};

/// "max" or "min"; empty for a metric that takes no bound.
std::string bound_kind(const MetricInfo& metric);
/// "--max-mae", "--min-ssim", "--max-error" for max_error; empty for a metric without bound.
std::string bound_option(const MetricInfo& metric);

struct BoundResult {
  Bound bound;
  double value = 0;  ///< NaN where it could not be measured: that breaks a bound.
  bool holds = false;
  std::optional<std::int64_t> frame;  ///< Unset: over the clip.
};

/// @param each_frame also holds the bounds against the worst of the frames that have the metric; a
///        frame in which the reference has pixels and the candidate none breaks all of them.
/// @return one result per bound, and with `each_frame` one more for such a frame.
std::vector<BoundResult> check_bounds(const ClipComparison& comparison,
                                      const std::vector<Bound>& bounds, bool each_frame);

/// The frame whose value is worst, and nothing where none has the metric.
std::optional<std::int64_t> worst_frame(const ClipComparison& comparison, const MetricInfo& metric);

/// "mae 0.0213 in frame 12 is above --max-mae 0.01".
std::string broken_bound_line(const BoundResult& result);

/// A number for people: six significant digits, "inf", "-" for NaN.
std::string format_metric(double value);

}  // namespace rollingdepth
