#include "live/time_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace rollingdepth::live {
namespace {

constexpr double kShortestSeconds = 10e-6;
constexpr double kGrowth = 1.02;

}  // namespace

void TimeHistogram::add(double seconds) {
  const double step = std::ceil(std::log(std::max(seconds, kShortestSeconds) / kShortestSeconds) /
                                std::log(kGrowth));
  counts_[static_cast<std::size_t>(std::clamp(step, 0.0, static_cast<double>(kSteps - 1)))]++;
  ++count_;
}

void TimeHistogram::clear() {
  counts_.fill(0);
  count_ = 0;
}

double TimeHistogram::quantile(double share) const {
  if (count_ == 0) return 0;
  const auto rank = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(share * static_cast<double>(count_))));
  std::int64_t below = 0;
  std::size_t step = 0;
  while (step + 1 < kSteps && (below += counts_[step]) < rank) ++step;
  return kShortestSeconds * std::pow(kGrowth, static_cast<double>(step));
}

}  // namespace rollingdepth::live
