#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>

namespace rollingdepth {

/// What is measured between a reference and a candidate. docs/compare.md defines each.
enum class Metric : std::size_t {
  kMae,
  kRmse,
  kMaxError,
  kPearson,
  kSpearman,
  kSsim,
  kPsnr,
  kEdgeF1,
  kAbsRel,
  kDelta1,
  kDelta2,
  kDelta3,
  kSilog,
  kTemporalChange,
  kReferenceTemporalChange,
  kTemporalDifference,
  kFlowWarpError,
  kReferenceFlowWarpError,
  kCoverage,
};
inline constexpr std::size_t kMetrics = 19;

/// Which values of a metric are good, and so which bound a gate can hold.
enum class Better {
  kLower,      ///< 0 is best: --max-NAME.
  kHigher,     ///< --min-NAME.
  kNearZero,   ///< Has a sign; --max-NAME bounds the absolute value.
  kReference,  ///< A property of the reference: no bound.
};

/// What a metric cannot do without.
enum class Needs { kNothing, kGroundTruth, kVideo };

struct MetricInfo {
  Metric metric;
  std::string_view name;         ///< Lower case, as in JSON: "max_error".
  std::string_view description;  ///< A few words for help and tables.
  Better better;
  Needs needs;
};

/// All metrics, in the order in which they are listed.
std::span<const MetricInfo, kMetrics> metric_table();
const MetricInfo& metric_info(Metric metric);

/// One number per metric; NaN for what is not defined or was not measured.
class MetricValues {
 public:
  MetricValues() { values_.fill(std::numeric_limits<double>::quiet_NaN()); }
  double& operator[](Metric metric) { return values_[static_cast<std::size_t>(metric)]; }
  double operator[](Metric metric) const { return values_[static_cast<std::size_t>(metric)]; }

 private:
  std::array<double, kMetrics> values_{};
};

}  // namespace rollingdepth
