#include "align/irls/products.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace rollingdepth {
namespace {

/// A frame of `count` maps, their affines, and the quadratic form by its definition.
class FrameProductsTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  static constexpr std::size_t kPixels = 300;  // Two whole chunks and a part of one.
  static constexpr double kWidth = 0.2;

  FrameProductsTest() {
    std::mt19937 random(4);
    const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
    for (std::size_t k = 0; k < GetParam(); ++k) {
      std::vector<float>& map = values_.emplace_back();
      for (std::size_t p = 0; p < kPixels; ++p) map.push_back(static_cast<float>(uniform()));
      affines_.push_back({0.5 + uniform(), uniform() - 0.5});
    }
    for (std::size_t k = 0; k < GetParam(); ++k) maps_.push_back({values_[k].data(), k, k});
  }

  // The weights of a pixel at affines_.
  [[nodiscard]] std::vector<double> weights(std::size_t pixel) const {
    std::vector<double> aligned, sorted, weights;
    for (std::size_t k = 0; k < GetParam(); ++k) {
      aligned.push_back(affines_[k].scale * static_cast<double>(values_[k][pixel]) +
                        affines_[k].shift);
    }
    sorted = aligned;
    std::sort(sorted.begin(), sorted.end());
    const double median = 0.5 * (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]);
    for (const double value : aligned) {
      const double ratio = (value - median) / kWidth;
      weights.push_back(1 / ((1 + ratio * ratio) * (1 + ratio * ratio)));
    }
    return weights;
  }

  // sum of w (A - m)^2 at other affines, with those weights.
  [[nodiscard]] double form_at(const std::vector<Affine>& affines) const {
    double total = 0;
    for (std::size_t p = 0; p < kPixels; ++p) {
      const std::vector<double> w = weights(p);
      double sum = 0, mass = 0;
      std::vector<double> aligned;
      for (std::size_t k = 0; k < GetParam(); ++k) {
        aligned.push_back(affines[k].scale * static_cast<double>(values_[k][p]) + affines[k].shift);
        sum += w[k] * aligned[k];
        mass += w[k];
      }
      for (std::size_t k = 0; k < GetParam(); ++k) {
        total += w[k] * (aligned[k] - sum / mass) * (aligned[k] - sum / mass);
      }
    }
    return total;
  }

  std::vector<std::vector<float>> values_;
  std::vector<CoveredMap> maps_;
  std::vector<Affine> affines_;
};

TEST_P(FrameProductsTest, AreTheQuadraticFormOfTheWeightedResiduals) {
  ProductsScratch scratch;
  FrameProducts products;
  frame_products(maps_, kPixels, affines_, kWidth, scratch, products);
  std::vector<Affine> others = affines_;
  for (std::size_t k = 0; k < others.size(); ++k) {
    others[k].scale += 0.3 * std::sin(static_cast<double>(3 * k));
    others[k].shift -= 0.2 * std::cos(static_cast<double>(k));
  }
  double form = 0;
  auto block = products.pairs.begin();
  for (std::size_t k = 0; k < others.size(); ++k) {
    for (std::size_t l = k; l < others.size(); ++l, ++block) {
      const double both = k == l ? 1 : 2;
      form += both * (block->scale_scale * others[k].scale * others[l].scale +
                      block->scale_shift * others[k].scale * others[l].shift +
                      block->shift_scale * others[k].shift * others[l].scale +
                      block->shift_shift * others[k].shift * others[l].shift);
    }
  }
  const double expected = form_at(others);
  EXPECT_NEAR(form, expected, 1e-5 * expected);
}

TEST_P(FrameProductsTest, GiveEveryMapItsMeanWeight) {
  ProductsScratch scratch;
  FrameProducts products;
  frame_products(maps_, kPixels, affines_, kWidth, scratch, products);
  for (std::size_t k = 0; k < GetParam(); ++k) {
    double mean = 0;
    for (std::size_t p = 0; p < kPixels; ++p) mean += weights(p)[k] / kPixels;
    EXPECT_NEAR(products.weight[k], mean, 1e-5) << k;
  }
}

INSTANTIATE_TEST_SUITE_P(Maps, FrameProductsTest, ::testing::Values(2U, 3U, 6U, 9U));

}  // namespace
}  // namespace rollingdepth
