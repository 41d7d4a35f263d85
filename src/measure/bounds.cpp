#include "measure/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/formatted.hpp"

namespace rollingdepth {
namespace {

constexpr int kDigits = 6;
constexpr int kAllDigits = 17;  // Of a double.

/// Larger is worse.
double badness(const MetricInfo& metric, double value) {
  switch (metric.better) {
    case Better::kHigher:
      return -value;
    case Better::kNearZero:
      return std::abs(value);
    case Better::kLower:
    case Better::kReference:
      break;
  }
  return value;
}

BoundResult result_of(const Bound& bound, double value, std::optional<std::int64_t> frame) {
  const MetricInfo& metric = metric_info(bound.metric);
  const double allowed = metric.better == Better::kHigher ? -bound.limit : bound.limit;
  // NaN fails the comparison.
  return {bound, value, badness(metric, value) <= allowed, frame};
}

/// The first frame in which the reference has pixels and the candidate none.
std::optional<std::int64_t> frame_without_candidate(const ClipComparison& comparison) {
  const auto& frames = comparison.frames;
  const auto found = std::find_if(frames.begin(), frames.end(), [](const FrameComparison& frame) {
    return frame.metrics[Metric::kCoverage] == 0;
  });
  if (found == frames.end()) return std::nullopt;
  return found - frames.begin();
}

std::string number_text(double value, int digits) { return formatted("%.*g", digits, value); }

/// With six digits, or as many as tell it from the limit: "0.999999 is below 1", never "1".
std::string told_from(double value, double limit) {
  int digits = kDigits;
  while (digits < kAllDigits && number_text(value, digits) == number_text(limit, digits)) ++digits;
  return number_text(value, digits);
}

}  // namespace

std::string bound_kind(const MetricInfo& metric) {
  if (metric.better == Better::kReference) return "";
  return metric.better == Better::kHigher ? "min" : "max";
}

std::string bound_option(const MetricInfo& metric) {
  const std::string kind = bound_kind(metric);
  if (kind.empty()) return "";
  std::string name(metric.name);
  std::replace(name.begin(), name.end(), '_', '-');
  std::string option("--");
  if (!name.starts_with(kind)) option.append(kind).append("-");
  return option.append(name);
}

std::optional<std::int64_t> worst_frame(const ClipComparison& comparison,
                                        const MetricInfo& metric) {
  std::optional<std::int64_t> worst;
  double worst_badness = 0;
  for (std::size_t frame = 0; frame < comparison.frames.size(); ++frame) {
    const double bad = badness(metric, comparison.frames[frame].metrics[metric.metric]);
    if (std::isnan(bad) || (worst && bad <= worst_badness)) continue;
    worst = static_cast<std::int64_t>(frame);
    worst_badness = bad;
  }
  return worst;
}

std::vector<BoundResult> check_bounds(const ClipComparison& comparison,
                                      const std::vector<Bound>& bounds, bool each_frame) {
  std::vector<BoundResult> results;
  for (const Bound& bound : bounds) {
    results.push_back(result_of(bound, comparison.metrics[bound.metric], std::nullopt));
    if (!each_frame) continue;
    if (const auto empty = frame_without_candidate(comparison)) {
      results.push_back(result_of(bound, std::numeric_limits<double>::quiet_NaN(), empty));
    } else if (const auto frame = worst_frame(comparison, metric_info(bound.metric))) {
      results.push_back(result_of(
          bound, comparison.frames[static_cast<std::size_t>(*frame)].metrics[bound.metric], frame));
    }
  }
  return results;
}

std::string broken_bound_line(const BoundResult& result) {
  const MetricInfo& metric = metric_info(result.bound.metric);
  std::string line(metric.name);
  const std::string option = bound_option(metric) + " " + format_metric(result.bound.limit);
  if (std::isnan(result.value)) {
    if (result.frame) line += " in frame " + std::to_string(*result.frame);
    return line + " could not be measured, against " + option;
  }
  // What has a sign is held by its size.
  const bool absolute = metric.better == Better::kNearZero;
  line.append(absolute ? " of size " : " ");
  line += told_from(absolute ? std::abs(result.value) : result.value, result.bound.limit);
  if (result.frame) line += " in frame " + std::to_string(*result.frame);
  return line + (metric.better == Better::kHigher ? " is below " : " is above ") + option;
}

std::string format_metric(double value) {
  if (std::isnan(value)) return "-";
  return number_text(value, kDigits);
}

}  // namespace rollingdepth
