#include "tracks/track_measures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace rollingdepth {
namespace {

TEST(TrackMeasures, AreThoseOfAStraightLine) {
  std::vector<PathPoint> points;
  for (std::int64_t t = 0; t <= 10; ++t) {
    points.push_back({5 + t, {1.0 * double(t), 2.0 * double(t), 2.0 * double(t)}});
  }
  const PathMeasures measures = path_measures(points, 0.125);
  EXPECT_EQ(measures.points, 11);
  EXPECT_NEAR(measures.path_length, 30, 1e-12);
  EXPECT_NEAR(measures.net_displacement, 30, 1e-12);
  EXPECT_NEAR(measures.straightness, 1, 1e-12);
  EXPECT_LE(measures.straightness, 1);
  EXPECT_NEAR(measures.tortuosity, 1, 1e-12);
  EXPECT_NEAR(measures.mean_speed, 3, 1e-12);
  EXPECT_EQ(measures.share_of_outliers, 0.125);
}

// Half a circle of radius 2 in 1000 steps: 2 pi long, 4 wide.
TEST(TrackMeasures, AreThoseOfHalfACircle) {
  std::vector<PathPoint> points;
  for (std::int64_t t = 0; t <= 1000; ++t) {
    const double angle = std::numbers::pi * double(t) / 1000;
    points.push_back({t, {2 * std::cos(angle), 0, 2 * std::sin(angle)}});
  }
  const PathMeasures measures = path_measures(points, 0);
  // The polygon is shorter by pi^2 / 24 / 1000^2.
  EXPECT_NEAR(measures.path_length, 2 * std::numbers::pi, 1e-5);
  EXPECT_NEAR(measures.net_displacement, 4, 1e-9);
  EXPECT_NEAR(measures.straightness, 2 / std::numbers::pi, 1e-6);
  EXPECT_NEAR(measures.tortuosity, std::numbers::pi / 2, 1e-5);
  EXPECT_NEAR(measures.mean_speed, 2 * std::numbers::pi / 1000, 1e-8);
}

// Back where it began: infinitely winding, which is no number.
TEST(TrackMeasures, HaveNoTortuosityOfAClosedPath) {
  const PathMeasures measures = path_measures({{0, {0, 0, 0}}, {1, {3, 4, 0}}, {4, {0, 0, 0}}}, 0);
  EXPECT_EQ(measures.path_length, 10);
  EXPECT_EQ(measures.net_displacement, 0);
  EXPECT_EQ(measures.straightness, 0);
  EXPECT_TRUE(std::isnan(measures.tortuosity));
  EXPECT_EQ(measures.mean_speed, 2.5);
}

TEST(TrackMeasures, HaveNoPathOfOnePointNorOfRest) {
  const PathMeasures one = path_measures({{3, {1, 2, 3}}}, 0);
  EXPECT_EQ(one.points, 1);
  EXPECT_TRUE(std::isnan(one.path_length));
  EXPECT_TRUE(std::isnan(one.mean_speed));
  const PathMeasures rest = path_measures({{0, {1, 1, 1}}, {1, {1, 1, 1}}}, 0);
  EXPECT_EQ(rest.path_length, 0);
  EXPECT_EQ(rest.mean_speed, 0);
  EXPECT_TRUE(std::isnan(rest.straightness));
}

}  // namespace
}  // namespace rollingdepth
