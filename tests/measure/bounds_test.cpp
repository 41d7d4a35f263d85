#include "measure/bounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(Bounds, HoldUpToTheirLimitAndBreakBeyond) {
  ClipComparison comparison;
  comparison.metrics[Metric::kMae] = 0.25;
  comparison.metrics[Metric::kSsim] = 0.5;
  comparison.metrics[Metric::kTemporalDifference] = -0.25;
  const auto holds = [&](Metric metric, double limit) {
    return check_bounds(comparison, {{metric, limit}}, false).front().holds;
  };
  EXPECT_TRUE(holds(Metric::kMae, 0.25));
  EXPECT_FALSE(holds(Metric::kMae, 0.24));
  EXPECT_TRUE(holds(Metric::kSsim, 0.5));
  EXPECT_FALSE(holds(Metric::kSsim, 0.51));
  EXPECT_TRUE(holds(Metric::kTemporalDifference, 0.25));
  EXPECT_FALSE(holds(Metric::kTemporalDifference, 0.2));
  EXPECT_FALSE(holds(Metric::kPearson, -1));  // Not measured.
}

TEST(Bounds, FindTheWorstFrame) {
  ClipComparison comparison;
  comparison.frames.resize(4);
  const double values[] = {0.1, NAN, 0.4, 0.2};
  for (std::size_t i = 0; i < 4; ++i) {
    comparison.frames[i].metrics[Metric::kMae] = values[i];
    comparison.frames[i].metrics[Metric::kSsim] = values[i];
  }
  comparison.metrics[Metric::kMae] = 0.2;
  comparison.metrics[Metric::kSsim] = 0.2;
  const auto results = check_bounds(comparison, {{Metric::kMae, 0.3}, {Metric::kSsim, 0.15}}, true);
  ASSERT_THAT(results, SizeIs(4));
  EXPECT_TRUE(results[0].holds);
  EXPECT_EQ(results[1].frame, 2);
  EXPECT_EQ(broken_bound_line(results[1]), "mae 0.4 in frame 2 is above --max-mae 0.3");
  EXPECT_EQ(results[3].frame, 0);
  EXPECT_EQ(broken_bound_line(results[3]), "ssim 0.1 in frame 0 is below --min-ssim 0.15");
}

TEST(Bounds, AreBrokenByAFrameWithoutCandidate) {
  ClipComparison comparison;
  comparison.metrics[Metric::kMae] = 0;
  comparison.frames.resize(2);
  comparison.frames[0].metrics[Metric::kMae] = 0;
  comparison.frames[0].metrics[Metric::kCoverage] = 1;
  comparison.frames[1].metrics[Metric::kCoverage] = 0;
  const auto results = check_bounds(comparison, {{Metric::kMae, 0.5}}, true);
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_TRUE(results[0].holds);
  EXPECT_EQ(broken_bound_line(results[1]),
            "mae in frame 1 could not be measured, against --max-mae 0.5");
  EXPECT_FALSE(results[1].holds);
}

// One pixel of a million: six digits would read "1 is below 1".
TEST(Bounds, AreToldFromTheValueThatBreaksThem) {
  EXPECT_EQ(broken_bound_line({{Metric::kCoverage, 1}, 0.9999999, false, std::nullopt}),
            "coverage 0.9999999 is below --min-coverage 1");
  EXPECT_EQ(broken_bound_line({{Metric::kTemporalDifference, 0.1}, -0.25, false, std::nullopt}),
            "temporal_difference of size 0.25 is above --max-temporal-difference 0.1");
}

TEST(Bounds, AreNamedAfterTheirMetric) {
  std::vector<std::string> options;
  for (const MetricInfo& metric : metric_table()) options.push_back(bound_option(metric));
  EXPECT_THAT(
      options,
      ElementsAre("--max-mae", "--max-rmse", "--max-error", "--min-pearson", "--min-spearman",
                  "--min-ssim", "--min-psnr", "--min-edge-f1", "--max-abs-rel", "--min-delta1",
                  "--min-delta2", "--min-delta3", "--max-silog", "--max-temporal-change", "",
                  "--max-temporal-difference", "--max-flow-warp-error", "", "--min-coverage"));
}

// The table is indexed by the metric.
TEST(MetricTable, IsInTheOrderOfTheMetrics) {
  for (std::size_t i = 0; i < kMetrics; ++i) {
    EXPECT_EQ(static_cast<std::size_t>(metric_table()[i].metric), i);
  }
}

}  // namespace
}  // namespace rollingdepth
