#include "tracks/smoothing.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "base/median.hpp"

namespace rollingdepth {
namespace {

// The median absolute deviation of a normal distribution is its standard deviation divided by this.
constexpr double kNormalConsistency = 1.4826;

/// Values that belong together: between them are no gaps that are not bridged.
struct Stretch {
  std::vector<TimedValue> values;
  std::vector<std::size_t> places;  // In all values.
};

std::vector<Stretch> stretches_of(const std::vector<TimedValue>& values, std::int64_t longest_gap) {
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i].value)) continue;
    const bool goes_on = !stretches.empty() &&
                         values[i].frame - stretches.back().values.back().frame - 1 <= longest_gap;
    if (!goes_on) stretches.emplace_back();
    stretches.back().values.push_back(values[i]);
    stretches.back().places.push_back(i);
  }
  return stretches;
}

/// The line's value at `frame`; NaN without a value near it.
double line_at(std::int64_t frame, const std::vector<TimedValue>& values, std::int64_t reach) {
  const auto first = std::lower_bound(
      values.begin(), values.end(), frame - reach,
      [](const TimedValue& value, std::int64_t limit) { return value.frame < limit; });
  double weight = 0, x = 0, y = 0;
  std::vector<double> weights;
  auto end = first;
  for (; end != values.end() && end->frame <= frame + reach; ++end) {
    const double share =
        std::abs(static_cast<double>(end->frame - frame)) / static_cast<double>(reach + 1);
    weights.push_back(std::pow(1 - share * share * share, 3));
    weight += weights.back();
    x += weights.back() * static_cast<double>(end->frame - frame);
    y += weights.back() * end->value;
  }
  if (weights.empty()) return std::numeric_limits<double>::quiet_NaN();
  x /= weight;
  y /= weight;
  double xx = 0, xy = 0;
  for (auto value = first; value != end; ++value) {
    const double right = static_cast<double>(value->frame - frame) - x;
    const double of = weights[static_cast<std::size_t>(value - first)];
    xx += of * right * right;
    xy += of * right * (value->value - y);
  }
  return xx > 0 ? y - x * xy / xx : y;
}

}  // namespace

std::vector<bool> hampel_outliers(const std::vector<TimedValue>& values, double smallest,
                                  const SmoothingOptions& options) {
  std::vector<bool> outliers(values.size(), false);
  for (const Stretch& stretch : stretches_of(values, options.longest_gap_frames)) {
    std::size_t first = 0;
    for (std::size_t i = 0; i < stretch.values.size(); ++i) {
      const std::int64_t frame = stretch.values[i].frame;
      while (stretch.values[first].frame < frame - options.outlier_frames) ++first;
      std::vector<double> window;
      for (std::size_t j = first;
           j < stretch.values.size() && stretch.values[j].frame <= frame + options.outlier_frames;
           ++j) {
        window.push_back(stretch.values[j].value);
      }
      if (window.size() < 3) continue;
      const double median = median_of(window);
      for (double& value : window) value = std::abs(value - median);
      const double allowed = options.outlier_deviations * kNormalConsistency * median_of(window);
      const double off = std::abs(stretch.values[i].value - median);
      outliers[stretch.places[i]] = off > std::max(allowed, smallest);
    }
  }
  return outliers;
}

std::vector<double> local_lines(const std::vector<TimedValue>& values,
                                const std::vector<bool>& outliers,
                                const SmoothingOptions& options) {
  std::vector<double> lines(values.size(), std::numeric_limits<double>::quiet_NaN());
  for (const Stretch& stretch : stretches_of(values, options.longest_gap_frames)) {
    std::vector<TimedValue> kept;
    for (std::size_t i = 0; i < stretch.values.size(); ++i) {
      if (!outliers[stretch.places[i]]) kept.push_back(stretch.values[i]);
    }
    for (std::size_t i = stretch.places.front(); i <= stretch.places.back(); ++i) {
      lines[i] = line_at(values[i].frame, kept, options.line_frames);
    }
  }
  return lines;
}

}  // namespace rollingdepth
