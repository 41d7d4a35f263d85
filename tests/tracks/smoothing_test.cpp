#include "tracks/smoothing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace rollingdepth {
namespace {

using ::testing::Each;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// 0.2 + 0.01 t for `frames` frames.
std::vector<TimedValue> course(std::int64_t frames) {
  std::vector<TimedValue> values;
  for (std::int64_t t = 0; t < frames; ++t) values.push_back({t, 0.2 + 0.01 * double(t)});
  return values;
}

std::vector<double> smoothed(const std::vector<TimedValue>& values) {
  return local_lines(values, hampel_outliers(values, 0));
}

TEST(Smoothing, LeavesALinearCourseAsItIs) {
  const std::vector<TimedValue> values = course(30);
  EXPECT_THAT(hampel_outliers(values, 1e-12), Each(false));
  const std::vector<double> lines = smoothed(values);
  for (std::size_t t = 0; t < values.size(); ++t) EXPECT_NEAR(lines[t], values[t].value, 1e-12);
}

TEST(Smoothing, FindsASpikeAndPutsTheLineInItsPlace) {
  std::vector<TimedValue> values = course(30);
  for (const std::size_t spike : {0, 12, 13, 29}) values[spike].value += 0.5;
  const std::vector<bool> outliers = hampel_outliers(values, 1e-12);
  for (std::size_t t = 0; t < values.size(); ++t) {
    EXPECT_EQ(outliers[t], t == 0 || t == 12 || t == 13 || t == 29) << t;
  }
  const std::vector<double> lines = local_lines(values, outliers);
  for (std::size_t t = 0; t < values.size(); ++t) {
    EXPECT_NEAR(lines[t], 0.2 + 0.01 * double(t), 1e-12) << t;
  }
}

// The median of |1 2 3 4 100 - 3| is 1: 3 * 1.4826 away is an outlier.
TEST(Smoothing, JudgesByTheMedianAbsoluteDeviation) {
  const auto judged = [](double last) -> bool {
    return hampel_outliers({{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, last}}, 0,
                           {.outlier_frames = 4})[4];
  };
  EXPECT_FALSE(judged(3 + 4.44));
  EXPECT_TRUE(judged(3 + 4.45));
}

TEST(Smoothing, TakesNothingBelowTheSmallestDeviationForAnOutlier) {
  std::vector<TimedValue> values(9, {0, 0.5});
  for (std::size_t t = 0; t < values.size(); ++t) values[t].frame = std::int64_t(t);
  values[4].value = 0.501;
  EXPECT_TRUE(hampel_outliers(values, 0.0009)[4]);
  EXPECT_FALSE(hampel_outliers(values, 0.0011)[4]);
}

// A step keeps its sides: the window's median is of the side that has more frames.
TEST(Smoothing, TakesAStepForNoOutlier) {
  std::vector<TimedValue> values;
  for (std::int64_t t = 0; t < 20; ++t) values.push_back({t, t < 10 ? 0.2 : 0.8});
  EXPECT_THAT(hampel_outliers(values, 0.01), Each(false));
}

TEST(Smoothing, HalvesNoise) {
  std::vector<TimedValue> values = course(60);
  double before = 0, after = 0;
  for (std::size_t t = 0; t < values.size(); ++t) {
    values[t].value += 0.01 * std::sin(37.0 * double(t) * double(t));
  }
  const std::vector<double> lines = smoothed(values);
  for (std::size_t t = 0; t < values.size(); ++t) {
    const double truth = 0.2 + 0.01 * double(t);
    before += std::pow(values[t].value - truth, 2);
    after += std::pow(lines[t] - truth, 2);
  }
  EXPECT_LT(std::sqrt(after), 0.5 * std::sqrt(before));
}

// Five frames without a value are bridged, along the line; six are not.
TEST(Smoothing, BridgesGapsOfFiveFramesAndNoLongerOnes) {
  for (const std::size_t gap : {5, 6}) {
    std::vector<TimedValue> values = course(30);
    for (std::size_t t = 10; t < 10 + gap; ++t) values[t].value = kNone;
    const std::vector<double> lines = smoothed(values);
    for (std::size_t t = 0; t < values.size(); ++t) {
      if (gap == 6 && t >= 10 && t < 16) {
        EXPECT_TRUE(std::isnan(lines[t])) << t;
      } else {
        EXPECT_NEAR(lines[t], 0.2 + 0.01 * double(t), 1e-12) << t;
      }
    }
  }
}

// Beyond a long gap the thing is somewhere else: neither side pulls at the other.
TEST(Smoothing, KeepsTheSidesOfALongGapApart) {
  std::vector<TimedValue> values;
  for (std::int64_t t = 0; t < 8; ++t) values.push_back({t, 0.2});
  for (std::int64_t t = 14; t < 22; ++t) values.push_back({t, 0.9});
  const std::vector<double> lines = smoothed(values);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_NEAR(lines[i], i < 8 ? 0.2 : 0.9, 1e-12);
  }
}

TEST(Smoothing, LeavesWhatIsBeforeTheFirstAndBehindTheLastOpen) {
  const std::vector<double> lines = smoothed({{0, kNone}, {1, 0.4}, {2, 0.5}, {3, kNone}});
  EXPECT_TRUE(std::isnan(lines[0]));
  EXPECT_NEAR(lines[1], 0.4, 1e-12);
  EXPECT_NEAR(lines[2], 0.5, 1e-12);
  EXPECT_TRUE(std::isnan(lines[3]));
}

TEST(Smoothing, KeepsASingleValueAndNothingAtAll) {
  EXPECT_THAT(smoothed({{7, 0.3}}), ::testing::ElementsAre(0.3));
  EXPECT_THAT(smoothed({}), ::testing::IsEmpty());
}

}  // namespace
}  // namespace rollingdepth
