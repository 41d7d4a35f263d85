#include "measure/structural_similarity.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "maps.hpp"

namespace rollingdepth {
namespace {

using testing::all_valid;

// Of the 11x11 Gaussian window with sigma 1.5.
constexpr double kCentreWeight = 0.07076223776394697;

// One window: 0 everywhere but in its middle.
at::Tensor peak(float height) {
  at::Tensor map = at::zeros({11, 11});
  map[5][5] = height;
  return map;
}

TEST(StructuralSimilarity, OfEqualMapsIsExactlyOne) {
  at::manual_seed(1);
  const at::Tensor map = 100 + at::randn({30, 40});
  EXPECT_EQ(structural_similarity(all_valid(map, map), 5), 1);
}

// Beyond its own windows a pixel changes nothing, whichever it is and however far off.
TEST(StructuralSimilarity, IsNotSpoiltByOnePixel) {
  at::manual_seed(5);
  const at::Tensor map = at::rand({64, 64});
  for (const std::int64_t column : {0, 63}) {
    at::Tensor damaged = map.clone();
    damaged[0][column] = 1e9f;
    // It lies in one of 54 x 54 windows, and is no more similar there than 0.
    EXPECT_NEAR(structural_similarity(all_valid(map, damaged), 1), 1 - 1.0 / (54 * 54), 1e-9);
  }
}

// No variance: (2 * 1 * 3 + C1) / (1 + 9 + C1), with C1 = (0.01 * 2)^2.
TEST(StructuralSimilarity, OfConstantMapsComparesTheirMeans) {
  EXPECT_DOUBLE_EQ(structural_similarity(all_valid(at::ones({20, 15}), 3 * at::ones({20, 15})), 2),
                   6.0004 / 10.0004);
}

// With the middle's weight m, the means are m and -m, both variances m - m^2, the covariance the
// negative of it.
TEST(StructuralSimilarity, OfOneWindowIsEquation13) {
  const double m = kCentreWeight, variance = m - m * m, c1 = 1e-4, c2 = 9e-4;
  EXPECT_NEAR(structural_similarity(all_valid(peak(1), peak(-1)), 1),
              (-2 * m * m + c1) * (-2 * variance + c2) / ((2 * m * m + c1) * (2 * variance + c2)),
              1e-12);
}

// The same about 2^20: the squares are 1e12, and a variance of 0.07 would keep three digits.
TEST(StructuralSimilarity, KeepsASmallVarianceAboutALargeMean) {
  const double level = 1 << 20, m = kCentreWeight, variance = m - m * m, c2 = 9e-4;
  EXPECT_NEAR(structural_similarity(all_valid(level + peak(1), level + peak(-1)), 1),
              (level * level - m * m) / (level * level + m * m) * (-2 * variance + c2) /
                  (2 * variance + c2),
              1e-12);
}

TEST(StructuralSimilarity, CountsOnlyWindowsOfValidPixels) {
  at::manual_seed(2);
  const at::Tensor reference = at::rand({25, 31}), candidate = reference + 0.3 * at::rand({25, 31});
  // Rows 14 to 24 and columns 18 to 30 are whole; elsewhere every window meets an invalid pixel.
  at::Tensor valid = at::ones({25, 31}, at::kBool);
  valid.slice(0, 0, 14).slice(1, 0, 31, 10) = false;
  valid.slice(0, 13, 25).slice(1, 7, 18, 10) = false;
  const at::Tensor broken =
      candidate.masked_fill(valid.logical_not(), std::numeric_limits<float>::quiet_NaN());
  const auto corner = [](const at::Tensor& map) {
    return map.slice(0, 14, 25).slice(1, 18, 31).contiguous();
  };
  // Only the value that is taken off before squaring differs.
  EXPECT_NEAR(structural_similarity({reference, broken, valid}, 1),
              structural_similarity(all_valid(corner(reference), corner(candidate)), 1), 1e-12);
}

TEST(StructuralSimilarity, IsNotDefinedWithoutAWindowOrARange) {
  const at::Tensor map = at::rand({11, 12});
  EXPECT_TRUE(std::isnan(structural_similarity(all_valid(map, map), 0)));
  EXPECT_TRUE(
      std::isnan(structural_similarity(all_valid(at::rand({10, 30}), at::rand({10, 30})), 1)));
  EXPECT_TRUE(
      std::isnan(structural_similarity(all_valid(at::rand({30, 10}), at::rand({30, 10})), 1)));
  at::Tensor valid = at::ones({11, 12}, at::kBool);
  valid[5][0] = false;
  EXPECT_EQ(structural_similarity({map, map, valid}, 1), 1);
  valid[5][1] = false;
  EXPECT_TRUE(std::isnan(structural_similarity({map, map, valid}, 1)));
  valid.fill_(false);
  EXPECT_TRUE(std::isnan(structural_similarity({map, map, valid}, 1)));
}

}  // namespace
}  // namespace rollingdepth
