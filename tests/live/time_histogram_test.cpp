#include "live/time_histogram.hpp"

#include <gtest/gtest.h>

namespace rollingdepth::live {
namespace {

constexpr double kStep = 0.02;  // Of a quantile.

TEST(TimeHistogram, TellsQuantilesWithinAStep) {
  TimeHistogram times;
  for (int i = 1; i <= 1000; ++i) times.add(i * 1e-3);
  EXPECT_EQ(times.count(), 1000);
  for (const double share : {0.01, 0.5, 0.95, 0.99, 1.0}) {
    EXPECT_NEAR(times.quantile(share), share, kStep * share) << share;
  }
}

TEST(TimeHistogram, TakesTimesOfAnyLength) {
  TimeHistogram times;
  times.add(-1);
  times.add(0);
  EXPECT_NEAR(times.quantile(1), 10e-6, 1e-9);
  times.add(1e9);
  EXPECT_GT(times.quantile(1), 120);
}

TEST(TimeHistogram, IsEmptyAtFirstAndOnceCleared) {
  TimeHistogram times;
  EXPECT_EQ(times.quantile(0.5), 0);
  times.add(1);
  times.clear();
  EXPECT_EQ(times.count(), 0);
  EXPECT_EQ(times.quantile(0.5), 0);
}

}  // namespace
}  // namespace rollingdepth::live
