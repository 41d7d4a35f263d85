#include "frame_terms.hpp"

#include <algorithm>
#include <cmath>

// Compiled with -fopenmp-simd: `omp simd reduction` allows the compiler to sum in vector lanes, which
// C++ alone forbids. Values are float32 as in the original, sums are double: then the order of the
// additions, which depends on compiler and processor, does not reach the float32 gradient. That
// matters because every flipped sign sends Adam along another path.

namespace rollingdepth {
namespace {

// Keeps a frame of zeros (a flat clip) from dividing zero by zero.
constexpr float kSmallestNormalizer = 1e-12f;

// Adds a map to both sums and keeps its inverse for the second pass.
void accumulate(const float* __restrict x, std::size_t pixels, float scale, float shift,
                float* __restrict inverse, float* __restrict sum, float* __restrict sum_inverse) {
#pragma omp simd
  for (std::size_t p = 0; p < pixels; ++p) {
    const float aligned = scale * x[p] + shift;
    const float inverted = 1.0f / (aligned > kSmallestDepth ? aligned : kSmallestDepth);
    inverse[p] = inverted;
    sum[p] += aligned;
    sum_inverse[p] += inverted;
  }
}

// Turns a sum into a mean and returns the mean of its absolute values.
float finish_mean(std::vector<float>& sum, float count) {
  float* __restrict values = sum.data();
  const std::size_t pixels = sum.size();
  double total = 0;
#pragma omp simd reduction(+ : total)
  for (std::size_t p = 0; p < pixels; ++p) {
    values[p] /= count;
    total += std::fabs(values[p]);
  }
  const auto mean = static_cast<float>(total / static_cast<double>(pixels));
  return std::max(mean, kSmallestNormalizer);
}

struct MapSums {
  double error = 0;          // |A - M|
  double inverse_error = 0;  // |1/A - D|
  double scale = 0, shift = 0;
  double inverse_scale = 0, inverse_shift = 0;
};

float sign(float value) { return (value > 0 ? 1.0f : 0.0f) - (value < 0 ? 1.0f : 0.0f); }

MapSums sum_map(const float* __restrict x, std::size_t pixels, float scale, float shift,
                const float* __restrict inverse, const float* __restrict mean,
                const float* __restrict mean_inverse) {
  double error = 0, by_scale = 0, by_shift = 0;
  double inverse_error = 0, inverse_by_scale = 0, inverse_by_shift = 0;
#pragma omp simd reduction(+ : error, by_scale, by_shift, inverse_error, inverse_by_scale, \
                               inverse_by_shift)
  for (std::size_t p = 0; p < pixels; ++p) {
    const float aligned = scale * x[p] + shift;
    const float difference = aligned - mean[p];
    const float direction = sign(difference);
    error += std::fabs(difference);
    by_scale += direction * x[p];
    by_shift += direction;
    // d(1/A) = -1/A^2 dA, where A is not clamped.
    const float inverse_difference = inverse[p] - mean_inverse[p];
    const float slope = aligned >= kSmallestDepth ? inverse[p] * inverse[p] : 0.0f;
    const float inverse_direction = -sign(inverse_difference) * slope;
    inverse_error += std::fabs(inverse_difference);
    inverse_by_scale += inverse_direction * x[p];
    inverse_by_shift += inverse_direction;
  }
  return {error, inverse_error, by_scale, by_shift, inverse_by_scale, inverse_by_shift};
}

}  // namespace

double frame_terms(const FrameMaps& maps, FrameScratch& scratch, std::span<MapGradient> gradients) {
  scratch.mean.assign(maps.pixels, 0.0f);
  scratch.mean_inverse.assign(maps.pixels, 0.0f);
  scratch.inverse.resize(maps.count * maps.pixels);
  for (std::size_t k = 0; k < maps.count; ++k) {
    accumulate(maps.samples + k * maps.pixels, maps.pixels, maps.scales[k], maps.shifts[k],
               scratch.inverse.data() + k * maps.pixels, scratch.mean.data(),
               scratch.mean_inverse.data());
  }
  const auto count = static_cast<float>(maps.count);
  const double normalizer = finish_mean(scratch.mean, count);
  const double inverse_normalizer = finish_mean(scratch.mean_inverse, count);

  double loss = 0;
  for (std::size_t k = 0; k < maps.count; ++k) {
    const MapSums sums =
        sum_map(maps.samples + k * maps.pixels, maps.pixels, maps.scales[k], maps.shifts[k],
                scratch.inverse.data() + k * maps.pixels, scratch.mean.data(),
                scratch.mean_inverse.data());
    loss += sums.error / normalizer + sums.inverse_error / inverse_normalizer;
    gradients[k] = {sums.scale / normalizer + sums.inverse_scale / inverse_normalizer,
                    sums.shift / normalizer + sums.inverse_shift / inverse_normalizer};
  }
  return loss;
}

}  // namespace rollingdepth
