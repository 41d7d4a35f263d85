#include "align/line_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "base/median.hpp"

namespace rollingdepth {
namespace {

constexpr int kMostRounds = 20;
constexpr double kMoved = 1e-4;  // Of a target's spread: less than a round is worth.
constexpr double kWidth = 2.5;   // Weights fall to 1/4 at so many times the noise.
// Of the targets' spread: where most of a map is one value, the rest still counts.
constexpr double kSmallestNoise = 1e-3;
constexpr double kConstant = 1e-6;           // Spread of constant values, relative to the largest.
constexpr double kMeaningful = 0.3;          // Correlation below which pairs contradict each other.
constexpr std::size_t kMostResiduals = 512;  // Enough for a median.
constexpr int kGuesses = 64;      // Lines through two pairs: one is right, but once in 10^18.
constexpr double kClearly = 0.5;  // So much nearer is a line that is better than the spreads'.

struct Shape {
  double median = 0;
  double spread = 0;  // Mean absolute distance from the median; 0 for a constant.
};

Shape shape_of(std::span<const float> values) {
  std::vector<double> sorted(values.begin(), values.end());
  Shape shape{.median = median_of(sorted), .spread = 0};
  double largest = 0;
  for (const float value : values) {
    shape.spread += std::abs(value - shape.median);
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  }
  shape.spread /= static_cast<double>(values.size());
  if (!(shape.spread > kConstant * largest)) shape.spread = 0;
  return shape;
}

// Weighted sums of pairs about their medians.
struct Moments {
  double weight = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;

  void add(double value, double target, double w) {
    weight += w;
    x += w * value;
    y += w * target;
    xx += w * value * value;
    xy += w * value * target;
    yy += w * target * target;
  }
  [[nodiscard]] double value_variance() const { return xx / weight - x * x / (weight * weight); }
  [[nodiscard]] double target_variance() const { return yy / weight - y * y / (weight * weight); }
  [[nodiscard]] double correlation() const {
    const double product = value_variance() * target_variance();
    return product > 0 ? (xy / weight - x * y / (weight * weight)) / std::sqrt(product) : 0;
  }
};

double residual_of(const LineFit& line, double value, double target) {
  return line.scale * (value - line.value_centre) + line.target_centre - target;
}

class Pairs {
 public:
  Pairs(std::span<const float> values, std::span<const float> targets, const Shape& value,
        const Shape& target)
      : values_(values), targets_(targets), value_(value), target_(target) {}

  // The line that makes both spreads equal, which wanders off with outliers; where another one
  // fits half of the pairs far better, that.
  [[nodiscard]] LineFit start() const {
    const LineFit plain{.scale = target_.spread / value_.spread,
                        .value_centre = value_.median,
                        .target_centre = target_.median};
    LineFit best = plain;
    double nearest = distance(plain);
    const double clearly = kClearly * nearest;
    std::minstd_rand random(1);
    for (int guess = 0; guess < kGuesses; ++guess) {
      const std::size_t i = random() % values_.size(), j = random() % values_.size();
      const double rise = targets_[j] - targets_[i], run = values_[j] - values_[i];
      if (!(rise * run > 0)) continue;
      const LineFit line{
          .scale = rise / run, .value_centre = values_[i], .target_centre = targets_[i]};
      const double found = distance(line);
      if (found < std::min(nearest, clearly)) {
        nearest = found;
        best = line;
      }
    }
    return best;
  }

  // Standard deviation of the bulk of the distances from the line.
  [[nodiscard]] double noise(const LineFit& line) const {
    return std::max(1.4826 * median_residual(line), kSmallestNoise * target_.spread);
  }

  [[nodiscard]] Moments weighted(const LineFit& line, double noise) const {
    const auto inverse_width = static_cast<float>(1 / (kWidth * noise));
    Moments moments;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const auto residual = static_cast<float>(residual_of(line, values_[i], targets_[i]));
      moments.add(values_[i] - value_.median, targets_[i] - target_.median,
                  residual_weight(residual, inverse_width));
    }
    return moments;
  }

  [[nodiscard]] LineFit line_of(const Moments& moments) const {
    return {.scale = std::sqrt(moments.target_variance() / moments.value_variance()),
            .value_centre = value_.median + moments.x / moments.weight,
            .target_centre = target_.median + moments.y / moments.weight};
  }

 private:
  [[nodiscard]] double median_residual(const LineFit& line) const {
    const std::size_t stride = (values_.size() + kMostResiduals - 1) / kMostResiduals;
    std::vector<double> residuals;
    residuals.reserve(values_.size() / stride + 1);
    for (std::size_t i = 0; i < values_.size(); i += stride) {
      residuals.push_back(std::abs(residual_of(line, values_[i], targets_[i])));
    }
    return median_of(residuals);
  }

  // Between that of the targets and that of the values: a flat line is not near for being flat.
  [[nodiscard]] double distance(const LineFit& line) const {
    return median_residual(line) / std::sqrt(line.scale);
  }

  std::span<const float> values_;
  std::span<const float> targets_;
  Shape value_;
  Shape target_;
};

}  // namespace

LineFit fit_line(std::span<const float> values, std::span<const float> targets,
                 double known_scale) {
  const Shape value = shape_of(values);
  const Shape target = shape_of(targets);
  const LineFit guess{.scale = known_scale,
                      .value_centre = value.median,
                      .target_centre = target.median,
                      .agrees = false};
  if (value.spread == 0 || target.spread == 0) return guess;
  const Pairs pairs(values, targets, value, target);
  LineFit line = pairs.start();
  for (int round = 0; round < kMostRounds; ++round) {
    const Moments moments = pairs.weighted(line, pairs.noise(line));
    if (!(moments.weight > 0) || !(moments.correlation() >= kMeaningful)) return guess;
    const LineFit next = pairs.line_of(moments);
    const double moved = std::abs(next.scale - line.scale) * value.spread +
                         std::abs(next.affine().shift - line.affine().shift +
                                  (next.scale - line.scale) * value.median);
    line = next;
    if (moved <= kMoved * target.spread) break;
  }
  return line;
}

}  // namespace rollingdepth
