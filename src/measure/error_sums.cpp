#include "measure/error_sums.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "measure/map_pixels.hpp"

namespace rollingdepth {
namespace {

template <class Visit>
void for_each_valid(const MapPixels& maps, Visit&& visit) {
  for (std::size_t p = 0; p < maps.count(); ++p) {
    if (!maps.valid[p]) continue;
    visit(static_cast<double>(maps.reference[p]), static_cast<double>(maps.candidate[p]));
  }
}

// Differences, and the means. These are taken about the first pixel, so that the mean of a constant
// map is exactly its value and nothing deviates from it.
void add_differences(const MapPixels& maps, ErrorSums& sums) {
  double first_reference = 0, first_candidate = 0;
  double reference = 0, candidate = 0;
  for_each_valid(maps, [&](double r, double c) {
    if (sums.pixels == 0) {
      first_reference = r;
      first_candidate = c;
    }
    ++sums.pixels;
    const double difference = std::abs(c - r);
    sums.absolute += difference;
    sums.squared += difference * difference;
    sums.largest = std::max(sums.largest, difference);
    reference += r - first_reference;
    candidate += c - first_candidate;
  });
  if (sums.pixels == 0) return;
  sums.mean_reference = first_reference + reference / static_cast<double>(sums.pixels);
  sums.mean_candidate = first_candidate + candidate / static_cast<double>(sums.pixels);
}

void add_deviations(const MapPixels& maps, ErrorSums& sums) {
  for_each_valid(maps, [&](double r, double c) {
    const double from_reference = r - sums.mean_reference;
    const double from_candidate = c - sums.mean_candidate;
    sums.deviation_reference += from_reference * from_reference;
    sums.deviation_candidate += from_candidate * from_candidate;
    sums.codeviation += from_reference * from_candidate;
  });
}

void add_ratios(const MapPixels& maps, ErrorSums& sums) {
  for_each_valid(maps, [&](double r, double c) {
    sums.relative += std::abs(c - r) / r;
    const double ratio = std::max(c / r, r / c);
    sums.within1 += ratio < 1.25;
    sums.within2 += ratio < 1.25 * 1.25;
    sums.within3 += ratio < 1.25 * 1.25 * 1.25;
    const double log_ratio = std::log(c / r);
    sums.log_ratio += log_ratio;
    sums.squared_log_ratio += log_ratio * log_ratio;
  });
}

double pearson(const ErrorSums& sums) {
  if (sums.deviation_reference <= 0 || sums.deviation_candidate <= 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  // Two roots: the product of the squares could leave the range of double.
  const double correlation =
      sums.codeviation / std::sqrt(sums.deviation_reference) / std::sqrt(sums.deviation_candidate);
  return std::clamp(correlation, -1.0, 1.0);
}

double psnr(double mean_squared, double range) {
  if (mean_squared == 0) return std::numeric_limits<double>::infinity();
  if (range == 0) return std::numeric_limits<double>::quiet_NaN();
  return 10 * std::log10(range * range / mean_squared);
}

}  // namespace

void ErrorSums::add(const ErrorSums& other) {
  if (other.pixels == 0) return;
  // Equal weights of the two means for equally many pixels; all of it while this is empty.
  const double share =
      static_cast<double>(other.pixels) / static_cast<double>(pixels + other.pixels);
  const double weight = static_cast<double>(pixels) * share;
  const double reference_apart = other.mean_reference - mean_reference;
  const double candidate_apart = other.mean_candidate - mean_candidate;
  mean_reference += reference_apart * share;
  mean_candidate += candidate_apart * share;
  deviation_reference += other.deviation_reference + reference_apart * reference_apart * weight;
  deviation_candidate += other.deviation_candidate + candidate_apart * candidate_apart * weight;
  codeviation += other.codeviation + reference_apart * candidate_apart * weight;

  pixels += other.pixels;
  absolute += other.absolute;
  squared += other.squared;
  largest = std::max(largest, other.largest);
  relative += other.relative;
  within1 += other.within1;
  within2 += other.within2;
  within3 += other.within3;
  log_ratio += other.log_ratio;
  squared_log_ratio += other.squared_log_ratio;
}

ErrorSums error_sums(const MapPair& maps, bool ground_truth) {
  const MapPixels pixels = pixels_of(maps);
  ErrorSums sums;
  add_differences(pixels, sums);
  add_deviations(pixels, sums);
  if (ground_truth) add_ratios(pixels, sums);
  return sums;
}

void fill_error_metrics(const ErrorSums& sums, double range, bool ground_truth,
                        MetricValues& values) {
  if (sums.pixels == 0) return;
  const auto pixels = static_cast<double>(sums.pixels);
  values[Metric::kMae] = sums.absolute / pixels;
  values[Metric::kRmse] = std::sqrt(sums.squared / pixels);
  values[Metric::kMaxError] = sums.largest;
  values[Metric::kPearson] = pearson(sums);
  values[Metric::kPsnr] = psnr(sums.squared / pixels, range);
  if (!ground_truth) return;
  values[Metric::kAbsRel] = sums.relative / pixels;
  values[Metric::kDelta1] = static_cast<double>(sums.within1) / pixels;
  values[Metric::kDelta2] = static_cast<double>(sums.within2) / pixels;
  values[Metric::kDelta3] = static_cast<double>(sums.within3) / pixels;
  const double mean = sums.log_ratio / pixels;
  // Rounding can take the variance of equal ratios below 0.
  const double variance = std::max(0.0, sums.squared_log_ratio / pixels - mean * mean);
  values[Metric::kSilog] = 100 * std::sqrt(variance);
}

}  // namespace rollingdepth
