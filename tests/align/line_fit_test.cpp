#include "align/line_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace rollingdepth {
namespace {

// Written out: the library's distributions differ between standard libraries.
class Random {
 public:
  double uniform() { return static_cast<double>(random_()) / 4294967296.0; }
  double normal() {
    return std::sqrt(-2 * std::log(uniform() + 1e-12)) * std::cos(6.283185307179586 * uniform());
  }

 private:
  std::mt19937 random_{5};
};

struct Pairs {
  std::vector<float> values;
  std::vector<float> targets;

  [[nodiscard]] LineFit fit(double known_scale = 1) const {
    return fit_line(values, targets, known_scale);
  }
};

// Of truth between -1 and 1: values are the truth, targets 1.5 times the truth and 0.25. Noise in
// units of the truth.
Pairs pairs(std::size_t count, double value_noise = 0, double target_noise = 0) {
  Random random;
  Pairs made;
  for (std::size_t i = 0; i < count; ++i) {
    const double truth = 2 * random.uniform() - 1;
    made.values.push_back(static_cast<float>(truth + value_noise * random.normal()));
    made.targets.push_back(
        static_cast<float>(1.5 * (truth + target_noise * random.normal()) + 0.25));
  }
  return made;
}

TEST(LineFit, FindsScaleAndShift) {
  const LineFit line = pairs(500).fit();
  EXPECT_TRUE(line.agrees);
  EXPECT_NEAR(line.affine().scale, 1.5, 1e-5);
  EXPECT_NEAR(line.affine().shift, 0.25, 1e-5);
}

// Least squares would give 1.5 / (1 + 0.2^2 / (1/3)) = 1.34.
TEST(LineFit, IsNotShrunkByNoise) {
  const LineFit line = pairs(20000, 0.2, 0.2).fit();
  EXPECT_NEAR(line.scale, 1.5, 0.02);
  EXPECT_NEAR(line.affine().shift, 0.25, 0.02);
}

TEST(LineFit, IsTheSameTheOtherWayRound) {
  const Pairs there = pairs(2000, 0.05, 0.05);
  const Pairs back{.values = there.targets, .targets = there.values};
  EXPECT_NEAR(there.fit().scale * back.fit().scale, 1, 1e-3);
}

TEST(LineFit, HardlyFeelsThirtyPercentOfOutliers) {
  for (const bool of_values : {false, true}) {
    for (const bool to_one_side : {false, true}) {
      Pairs made = pairs(2000, 0.01, 0.01);
      std::vector<float>& wrong = of_values ? made.values : made.targets;
      Random random;
      for (std::size_t i = 0; i < 600; ++i) {
        wrong[i] = static_cast<float>(to_one_side ? 2.5 : 6 * random.uniform() - 3);
      }
      const LineFit line = made.fit();
      EXPECT_NEAR(line.scale, 1.5, 0.03) << of_values << to_one_side;
      EXPECT_NEAR(line.affine().shift, 0.25, 0.03) << of_values << to_one_side;
    }
  }
}

TEST(LineFit, KeepsTheKnownScaleWhereOneIsConstant) {
  const Pairs varied = pairs(100);
  const std::vector<float> constant(100, 0.5F);
  const LineFit flat_target = fit_line(varied.values, constant, 0.8);
  EXPECT_FALSE(flat_target.agrees);
  EXPECT_EQ(flat_target.scale, 0.8);
  EXPECT_FLOAT_EQ(static_cast<float>(flat_target.target_centre), 0.5F);
  const LineFit flat_values = fit_line(constant, varied.targets, 0.8);
  EXPECT_EQ(flat_values.scale, 0.8);
  const LineFit flat = fit_line(constant, std::vector<float>(100, 2), 0.8);
  EXPECT_EQ(flat.scale, 0.8);
  EXPECT_FLOAT_EQ(static_cast<float>(0.5 * flat.scale + flat.affine().shift), 2);
}

TEST(LineFit, KeepsTheKnownScaleWherePairsContradict) {
  Pairs made = pairs(500, 0.05, 0.05);
  for (float& target : made.targets) target = -target;
  const LineFit line = made.fit(0.7);
  EXPECT_FALSE(line.agrees);
  EXPECT_EQ(line.scale, 0.7);
  EXPECT_TRUE(std::isfinite(line.affine().shift));
}

// Such as a sky, of one value in both.
TEST(LineFit, FindsTheScaleWhereMostIsOneValue) {
  Pairs made = pairs(1000, 0.002, 0.002);
  for (std::size_t i = 0; i < 800; ++i) {
    made.values[i] = -1;
    made.targets[i] = -1.25F;
  }
  EXPECT_NEAR(made.fit().scale, 1.5, 0.01);
}

TEST(LineFit, TakesOnePair) {
  const LineFit line = fit_line(std::vector<float>{2}, std::vector<float>{3}, 1);
  EXPECT_EQ(line.affine().shift, 1);
}

}  // namespace
}  // namespace rollingdepth
