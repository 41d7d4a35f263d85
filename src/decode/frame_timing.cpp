#include "frame_timing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace rollingdepth {
namespace {

// Below this many ticks per frame, a difference of one tick is more than rounding explains.
constexpr std::int64_t kMinTicksForRounding = 8;

}  // namespace

bool equally_spaced(std::vector<std::int64_t> times) {
  if (times.size() < 3) return true;
  std::sort(times.begin(), times.end());
  std::int64_t smallest = times[1] - times[0];
  std::int64_t largest = smallest;
  for (std::size_t i = 2; i < times.size(); ++i) {
    smallest = std::min(smallest, times[i] - times[i - 1]);
    largest = std::max(largest, times[i] - times[i - 1]);
  }
  if (smallest == largest) return true;
  if (largest - smallest > 1 || smallest < kMinTicksForRounding) return false;
  // Steps of k and k+1 ticks: rounding only if they alternate, so that no drift builds up.
  const double step =
      static_cast<double>(times.back() - times.front()) / static_cast<double>(times.size() - 1);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double exact = static_cast<double>(times.front()) + step * static_cast<double>(i);
    if (std::abs(static_cast<double>(times[i]) - exact) > 1.5) return false;
  }
  return true;
}

}  // namespace rollingdepth
