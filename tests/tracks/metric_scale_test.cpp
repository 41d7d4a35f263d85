#include "tracks/metric_scale.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

std::vector<KnownDistance> distances(const std::vector<double>& metres) {
  std::vector<KnownDistance> known;
  for (const double m : metres) known.push_back({.metres = m});
  return known;
}

TEST(MetricScale, PutsTheNearestAndTheFarthestWhereTheyAre) {
  const InverseScale scale = scale_between(-1, 1, 0.5, 20);
  EXPECT_NEAR(scale.metres(1), 0.5, 1e-12);
  EXPECT_NEAR(scale.metres(-1), 20, 1e-12);
  // Half way in inverse depth: 1 / 2 (2 + 0.05).
  EXPECT_NEAR(scale.metres(0), 1 / 1.025, 1e-12);
}

TEST(MetricScale, HasNothingBeyondInfinity) {
  EXPECT_TRUE(std::isnan((InverseScale{.scale = 1, .shift = -0.5}).metres(0.5)));
  EXPECT_TRUE(std::isnan((InverseScale{.scale = 1, .shift = -0.5}).metres(0.1)));
}

// 1 / z = 0.5 v + 0.25.
TEST(MetricScale, RecoversScaleAndShiftFromKnownDistances) {
  const std::vector<double> inverse = {-0.4, 0.1, 0.9, 0.3};
  std::vector<double> metres;
  for (const double v : inverse) metres.push_back(1 / (0.5 * v + 0.25));
  const KnownFit fit = fit_known_distances(distances(metres), inverse);
  EXPECT_NEAR(fit.scale.scale, 0.5, 1e-12);
  EXPECT_NEAR(fit.scale.shift, 0.25, 1e-12);
  EXPECT_LT(fit.largest_residual, 1e-12);
}

// By hand: v = 0 1 2, 1/z = 1 1 4: slope 1.5, through the means 1 and 2: 0.5 2 3.5.
TEST(MetricScale, IsTheLeastSquaresLineInInverseDepth) {
  const KnownFit fit = fit_known_distances(distances({1, 1, 0.25}), {0, 1, 2});
  EXPECT_NEAR(fit.scale.scale, 1.5, 1e-12);
  EXPECT_NEAR(fit.scale.shift, 0.5, 1e-12);
  EXPECT_NEAR(fit.metres[0], 2, 1e-12);
  EXPECT_NEAR(fit.metres[1], 0.5, 1e-12);
  EXPECT_NEAR(fit.largest_residual, 1, 1e-12);
}

TEST(MetricScale, RefusesDistancesThatContradictTheClip) {
  EXPECT_THAT(message_of(ErrorKind::kInput,
                         [] {
                           fit_known_distances(distances({1, 5}), {0.2, 0.8});
                         }),
              HasSubstr("contradict"));
  EXPECT_THAT(message_of(ErrorKind::kInput,
                         [] {
                           fit_known_distances(distances({2, 2}), {0.2, 0.8});
                         }),
              HasSubstr("contradict"));
  EXPECT_THAT(message_of(ErrorKind::kInput,
                         [] {
                           fit_known_distances(distances({1, 5}), {0.5, 0.5});
                         }),
              HasSubstr("same depth"));
  EXPECT_THAT(message_of(ErrorKind::kInput, [] { scale_between(0.5, 0.5, 1, 2); }),
              HasSubstr("same everywhere"));
}

}  // namespace
}  // namespace rollingdepth
