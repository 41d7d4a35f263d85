#include "measure/structural_similarity.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/median.hpp"
#include "measure/map_pixels.hpp"

namespace rollingdepth {
namespace {

constexpr std::size_t kTaps = 11, kRadius = kTaps / 2;
constexpr double kSigma = 1.5;
constexpr std::size_t kLevelPixels = 1024;
using Taps = std::array<double, kTaps>;

Taps gaussian() {
  Taps taps{};
  double sum = 0;
  for (std::size_t k = 0; k < kTaps; ++k) {
    const double distance = static_cast<double>(k) - static_cast<double>(kRadius);
    taps[k] = std::exp(-0.5 * distance * distance / (kSigma * kSigma));
    sum += taps[k];
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

// A value of each map close to its others. Squares are taken of what is left without it: those of
// the values themselves would drown a small variance about a large mean.
struct Levels {
  double reference = 0;
  double candidate = 0;
};

// The median of some pixels: one that is far off must not become the level of all others.
Levels levels_of(const MapPixels& maps) {
  const std::size_t stride = maps.count() / kLevelPixels + 1;
  std::vector<double> reference, candidate;
  for (std::size_t p = 0; p < maps.count(); p += stride) {
    if (!maps.valid[p]) continue;
    reference.push_back(static_cast<double>(maps.reference[p]));
    candidate.push_back(static_cast<double>(maps.candidate[p]));
  }
  return {median_of(reference), median_of(candidate)};
}

// What is averaged over windows, of one row of pixels or of windows: r, c, r^2 + c^2 and r c.
struct Moments {
  explicit Moments(std::size_t width)
      : reference(width), candidate(width), squares(width), product(width) {}
  std::vector<double> reference, candidate, squares, product;
};

// What is not valid may be NaN; it reaches only windows that do not count.
void take_row(const MapPixels& maps, std::size_t row, const Levels& levels, Moments& moments) {
  const float* reference = maps.reference + row * maps.width;
  const float* candidate = maps.candidate + row * maps.width;
  for (std::size_t x = 0; x < maps.width; ++x) {
    const double r = static_cast<double>(reference[x]) - levels.reference;
    const double c = static_cast<double>(candidate[x]) - levels.candidate;
    moments.reference[x] = r;
    moments.candidate[x] = c;
    moments.squares[x] = r * r + c * c;
    moments.product[x] = r * c;
  }
}

// Sums of kTaps neighbours, the same tap for the two at the same distance.
void average_row(const std::vector<double>& pixels, const Taps& taps,
                 std::vector<double>& windows) {
  const double* __restrict from = pixels.data();
  double* __restrict to = windows.data();
  for (std::size_t x = 0; x < windows.size(); ++x) {
    double sum = taps[kRadius] * from[x + kRadius];
    for (std::size_t k = 0; k < kRadius; ++k) {
      sum += taps[k] * (from[x + k] + from[x + kTaps - 1 - k]);
    }
    to[x] = sum;
  }
}

// The last kTaps rows, in a ring: row y is at y % kTaps.
using Ring = std::vector<Moments>;

// The same downwards; `first` is the uppermost of the rows.
void average_columns(const Ring& ring, std::size_t first, std::vector<double> Moments::*moment,
                     const Taps& taps, std::vector<double>& windows) {
  std::array<const double*, kTaps> rows{};
  for (std::size_t k = 0; k < kTaps; ++k) rows[k] = (ring[(first + k) % kTaps].*moment).data();
  double* __restrict to = windows.data();
  for (std::size_t x = 0; x < windows.size(); ++x) {
    double sum = taps[kRadius] * rows[kRadius][x];
    for (std::size_t k = 0; k < kRadius; ++k) {
      sum += taps[k] * (rows[k][x] + rows[kTaps - 1 - k][x]);
    }
    to[x] = sum;
  }
}

// Wang et al. 2004, equation 13, of the windows with these means.
void similarities(const Moments& means, const Levels& levels, double c1, double c2,
                  std::vector<double>& windows) {
  for (std::size_t x = 0; x < windows.size(); ++x) {
    const double r = means.reference[x], c = means.candidate[x];
    const double variances = means.squares[x] - (r * r + c * c);
    const double covariance = means.product[x] - r * c;
    const double reference = r + levels.reference, candidate = c + levels.candidate;
    windows[x] = (2 * (reference * candidate) + c1) * (2 * covariance + c2) /
                 ((reference * reference + candidate * candidate + c1) * (variances + c2));
  }
}

// For each window of one row, how many rows up to this one were valid all along its width.
void count_valid_rows(const bool* valid, std::vector<std::size_t>& valid_rows) {
  std::size_t run = 0;
  for (std::size_t x = 0; x < valid_rows.size() + kTaps - 1; ++x) {
    run = valid[x] ? run + 1 : 0;
    if (x + 1 < kTaps) continue;
    std::size_t& rows = valid_rows[x + 1 - kTaps];
    rows = run >= kTaps ? rows + 1 : 0;
  }
}

}  // namespace

double structural_similarity(const MapPair& maps, double range) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const MapPixels pixels = pixels_of(maps);
  if (pixels.height < kTaps || pixels.width < kTaps || range == 0) return kNone;
  const double c1 = 0.01 * range * 0.01 * range, c2 = 0.03 * range * 0.03 * range;
  const Taps taps = gaussian();
  const Levels levels = levels_of(pixels);
  const std::size_t windows = pixels.width - kTaps + 1;

  Moments row(pixels.width), means(windows);
  Ring ring(kTaps, Moments(windows));
  std::vector<std::size_t> valid_rows(windows);
  std::vector<double> similarity(windows);
  double sum = 0;
  std::int64_t counted = 0;
  for (std::size_t y = 0; y < pixels.height; ++y) {
    take_row(pixels, y, levels, row);
    count_valid_rows(pixels.valid + y * pixels.width, valid_rows);
    for (const auto moment :
         {&Moments::reference, &Moments::candidate, &Moments::squares, &Moments::product}) {
      average_row(row.*moment, taps, ring[y % kTaps].*moment);
      if (y + 1 >= kTaps) average_columns(ring, y + 1 - kTaps, moment, taps, means.*moment);
    }
    if (y + 1 < kTaps) continue;
    similarities(means, levels, c1, c2, similarity);
    for (std::size_t x = 0; x < windows; ++x) {
      if (valid_rows[x] < kTaps) continue;
      sum += similarity[x];
      ++counted;
    }
  }
  return counted > 0 ? sum / static_cast<double>(counted) : kNone;
}

}  // namespace rollingdepth
