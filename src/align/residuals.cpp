#include "align/residuals.hpp"

#include <algorithm>
#include <cmath>

namespace rollingdepth {
namespace {

constexpr std::size_t kFrames = 256;
constexpr std::size_t kPixels = 256;
constexpr double kNormalQuantile = 1.4826;  // Standard deviation over median absolute, of a normal.

std::size_t stride_for(std::size_t size, std::size_t wanted) {
  return std::max<std::size_t>((size + wanted - 1) / wanted, 1);
}

}  // namespace

Residuals residuals_of(const CoveredFrames& frames, const std::vector<Affine>& affines) {
  std::vector<float> bulk;
  std::vector<double> aligned;
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < frames.size(); i += stride_for(frames.size(), kFrames)) {
    const auto maps = frames.maps(i);
    if (maps.size() < 2) continue;
    const std::size_t middle = maps.size() / 2;
    for (std::size_t p = 0; p < frames.pixels(i); p += stride_for(frames.pixels(i), kPixels)) {
      aligned.clear();
      for (const CoveredMap& map : maps) {
        const Affine& affine = affines[map.snippet];
        aligned.push_back(affine.scale * map.samples[p] + affine.shift);
      }
      std::sort(aligned.begin(), aligned.end());
      const double median = 0.5 * (aligned[middle] + aligned[(maps.size() - 1) / 2]);
      for (double& value : aligned) value = std::abs(value - median);
      std::sort(aligned.begin(), aligned.end());
      for (const double distance : aligned) sum += distance;
      count += aligned.size();
      // The one next to the median says nothing about the noise: for an odd count it is zero.
      for (std::size_t k = 1; k < aligned.size(); ++k) {
        bulk.push_back(static_cast<float>(aligned[k]));
      }
    }
  }
  if (bulk.empty()) return {};
  const auto median = bulk.begin() + static_cast<std::ptrdiff_t>(bulk.size() / 2);
  std::nth_element(bulk.begin(), median, bulk.end());
  return {.mean = sum / static_cast<double>(count), .noise = kNormalQuantile * *median};
}

}  // namespace rollingdepth
