#include "rollingdepth/measure/bounds.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace rollingdepth {
namespace {

const MetricInfo& info_of(Metric metric) {
  return metric_table()[static_cast<std::size_t>(metric)];
}

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
  const MetricInfo& metric = info_of(bound.metric);
  const double allowed = metric.better == Better::kHigher ? -bound.limit : bound.limit;
  // NaN fails the comparison.
  return {bound, value, badness(metric, value) <= allowed, frame};
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
    if (const auto frame = worst_frame(comparison, info_of(bound.metric))) {
      results.push_back(result_of(
          bound, comparison.frames[static_cast<std::size_t>(*frame)].metrics[bound.metric], frame));
    }
  }
  return results;
}

std::string broken_bound_line(const BoundResult& result) {
  const MetricInfo& metric = info_of(result.bound.metric);
  std::string line(metric.name);
  const std::string option = bound_option(metric) + " " + format_metric(result.bound.limit);
  if (std::isnan(result.value)) return line + " could not be measured, against " + option;
  line.append(" ").append(format_metric(result.value));
  if (result.frame) line += " in frame " + std::to_string(*result.frame);
  return line + (metric.better == Better::kHigher ? " is below " : " is above ") + option;
}

std::string format_metric(double value) {
  if (std::isnan(value)) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

}  // namespace rollingdepth
