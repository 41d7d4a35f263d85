#pragma once

#include <string>
#include <vector>

#include "app/compare/compare_command.hpp"
#include "base/depth_reader.hpp"

namespace rollingdepth {

/// Everything that is told of a finished comparison.
struct ComparisonFacts {
  const CompareCommand& command;
  DepthListing reference;
  DepthListing candidate;
  ClipComparison comparison;
  std::vector<BoundResult> bounds;
  double seconds = 0;

  [[nodiscard]] bool passed() const;
};

/// The metrics that were asked for, in the order of metric_table().
std::vector<MetricInfo> measured_metrics(const CompareCommand& command);

/// The JSON that docs/compare.md describes, with a line break at the end.
std::string comparison_json(const ComparisonFacts& facts);
/// One line per metric, for people.
std::vector<std::string> comparison_table(const ComparisonFacts& facts);
/// One test case per bound in the XML of JUnit; without bounds one for the comparison itself.
std::string junit_xml(const ComparisonFacts& facts);

}  // namespace rollingdepth
