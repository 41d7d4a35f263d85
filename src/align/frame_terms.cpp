#include "align/frame_terms.hpp"

#include <algorithm>
#include <cmath>

// Compiled with -fopenmp-simd: `omp simd reduction` allows the compiler to sum in vector lanes,
// which C++ alone forbids. Values are float32 as in the original, sums are double: then the order
// of the additions, which depends on compiler and processor, does not reach the float32 gradient.
// That matters because every flipped sign sends Adam along another path.

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

float sign(float value) { return (value > 0 ? 1.0f : 0.0f) - (value < 0 ? 1.0f : 0.0f); }

struct MapSums {
  double error = 0;          // |A - M|
  double inverse_error = 0;  // |1/A - D|
  MapGradient gradient;
};

// `weight` and `inverse_weight` are the derivatives of the loss by |A - M| and |1/A - D|.
MapSums sum_map(const float* __restrict x, std::size_t pixels, float scale, float shift,
                const float* __restrict inverse, const float* __restrict mean,
                const float* __restrict mean_inverse, float weight, float inverse_weight) {
  double error = 0, inverse_error = 0, by_scale = 0, by_shift = 0;
#pragma omp simd reduction(+ : error, inverse_error, by_scale, by_shift)
  for (std::size_t p = 0; p < pixels; ++p) {
    const float aligned = scale * x[p] + shift;
    const float difference = aligned - mean[p];
    const float inverse_difference = inverse[p] - mean_inverse[p];
    // d(1/A) = -1/A^2 dA, where A is not clamped.
    const float slope = aligned >= kSmallestDepth ? inverse[p] * inverse[p] : 0.0f;
    const float by_aligned =
        weight * sign(difference) - inverse_weight * sign(inverse_difference) * slope;
    error += std::fabs(difference);
    inverse_error += std::fabs(inverse_difference);
    by_scale += by_aligned * x[p];
    by_shift += by_aligned;
  }
  return {error, inverse_error, {by_scale, by_shift}};
}

}  // namespace

double frame_terms(const FrameMaps& maps, float pixel_weight, FrameScratch& scratch,
                   std::span<MapGradient> gradients) {
  scratch.mean.assign(maps.pixels, 0.0f);
  scratch.mean_inverse.assign(maps.pixels, 0.0f);
  scratch.inverse.resize(maps.count * maps.pixels);
  for (std::size_t k = 0; k < maps.count; ++k) {
    accumulate(maps.samples + k * maps.pixels, maps.pixels, maps.scales[k], maps.shifts[k],
               scratch.inverse.data() + k * maps.pixels, scratch.mean.data(),
               scratch.mean_inverse.data());
  }
  const auto count = static_cast<float>(maps.count);
  const float normalizer = finish_mean(scratch.mean, count);
  const float inverse_normalizer = finish_mean(scratch.mean_inverse, count);

  double error = 0, inverse_error = 0;
  for (std::size_t k = 0; k < maps.count; ++k) {
    const MapSums sums = sum_map(maps.samples + k * maps.pixels, maps.pixels, maps.scales[k],
                                 maps.shifts[k], scratch.inverse.data() + k * maps.pixels,
                                 scratch.mean.data(), scratch.mean_inverse.data(),
                                 pixel_weight / normalizer, pixel_weight / inverse_normalizer);
    error += sums.error;
    inverse_error += sums.inverse_error;
    gradients[k] = sums.gradient;
  }
  return pixel_weight * (error / normalizer + inverse_error / inverse_normalizer);
}

}  // namespace rollingdepth
