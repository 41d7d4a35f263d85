#include "align/irls/products.hpp"

#include <cmath>

#include "base/lane_median.hpp"
#include "base/vector_clones.hpp"

namespace rollingdepth {
namespace {

constexpr std::size_t kLanes = 8;    // Partial sums of every product, whatever the processor.
constexpr std::size_t kChunk = 128;  // Pixels at a time: everything stays in the first cache.

// Weights and residuals of one chunk: `mass` = w / sqrt(sum w) and `value` = mass * x. Pixels
// beyond `pixels` weigh nothing.
ROLLINGDEPTH_FOR_EACH_CPU
void weigh_chunk(const CoveredMap* maps, std::size_t count, std::size_t first, std::size_t pixels,
                 const Affine* affines, float inverse_width, float* __restrict aligned,
                 float* __restrict sorted, float* __restrict weight, double* __restrict mass,
                 double* __restrict value) {
  for (std::size_t k = 0; k < count; ++k) {
    const float* x = maps[k].samples + first;
    const auto scale = static_cast<float>(affines[k].scale);
    const auto shift = static_cast<float>(affines[k].shift);
    float* __restrict to = aligned + k * kChunk;
    for (std::size_t p = 0; p < pixels; ++p) to[p] = scale * x[p] + shift;
    for (std::size_t p = pixels; p < kChunk; ++p) to[p] = 0;
    float* __restrict copy = sorted + k * kChunk;
    for (std::size_t p = 0; p < kChunk; ++p) copy[p] = to[p];
  }
  float median[kChunk];
  lane_median(sorted, count, kChunk, kChunk, median);
  double total[kChunk] = {};
  for (std::size_t k = 0; k < count; ++k) {
    float* __restrict w = weight + k * kChunk;
    const float* __restrict a = aligned + k * kChunk;
    for (std::size_t p = 0; p < kChunk; ++p) {
      w[p] = residual_weight(a[p] - median[p], inverse_width);
    }
    for (std::size_t p = pixels; p < kChunk; ++p) w[p] = 0;
    for (std::size_t p = 0; p < kChunk; ++p) total[p] += static_cast<double>(w[p]);
  }
  for (std::size_t p = 0; p < kChunk; ++p) {
    total[p] = 1.0 / std::sqrt(total[p] > 1e-30 ? total[p] : 1e-30);
  }
  for (std::size_t k = 0; k < count; ++k) {
    const float* x = maps[k].samples + first;
    const float* __restrict w = weight + k * kChunk;
    double* __restrict m = mass + k * kChunk;
    double* __restrict v = value + k * kChunk;
    for (std::size_t p = 0; p < kChunk; ++p) m[p] = static_cast<double>(w[p]) * total[p];
    for (std::size_t p = 0; p < pixels; ++p) v[p] = m[p] * static_cast<double>(x[p]);
    for (std::size_t p = pixels; p < kChunk; ++p) v[p] = 0;
  }
}

// Adds sum(a * b) of one chunk, lane by lane.
inline __attribute__((always_inline)) void add_product(const double* __restrict a,
                                                       const double* __restrict b,
                                                       double* __restrict sums) {
  double lanes[kLanes];
  for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = sums[lane];
  for (std::size_t p = 0; p < kChunk; p += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[p + lane] * b[p + lane];
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] = lanes[lane];
}

// The products of all pairs of maps, four sums each; then of every map sum(w), sum(w x), sum(w
// x^2).
ROLLINGDEPTH_FOR_EACH_CPU
void add_chunk(const CoveredMap* maps, std::size_t count, std::size_t first, std::size_t pixels,
               const float* __restrict weight, const double* __restrict mass,
               const double* __restrict value, double* __restrict sums) {
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t l = k; l < count; ++l, sums += 4 * kLanes) {
      add_product(value + k * kChunk, value + l * kChunk, sums);
      add_product(value + k * kChunk, mass + l * kChunk, sums + kLanes);
      if (l > k) add_product(mass + k * kChunk, value + l * kChunk, sums + 2 * kLanes);
      add_product(mass + k * kChunk, mass + l * kChunk, sums + 3 * kLanes);
    }
  }
  for (std::size_t k = 0; k < count; ++k, sums += 3 * kLanes) {
    double w[kChunk], x[kChunk] = {}, weighted[kChunk];
    for (std::size_t p = 0; p < kChunk; ++p) w[p] = static_cast<double>(weight[k * kChunk + p]);
    for (std::size_t p = 0; p < pixels; ++p) x[p] = static_cast<double>(maps[k].samples[first + p]);
    for (std::size_t p = 0; p < kChunk; ++p) weighted[p] = w[p] * x[p];
    for (std::size_t p = 0; p < kChunk; p += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        sums[lane] += w[p + lane];
        sums[kLanes + lane] += weighted[p + lane];
      }
    }
    add_product(weighted, x, sums + 2 * kLanes);
  }
}

double sum_of(const double* lanes) {
  double sum = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
  return sum;
}

}  // namespace

void frame_products(std::span<const CoveredMap> maps, std::size_t pixels,
                    std::span<const Affine> affines, double width, ProductsScratch& scratch,
                    FrameProducts& products) {
  const std::size_t count = maps.size();
  const std::size_t pairs = count * (count + 1) / 2;
  scratch.aligned.resize(count * kChunk);
  scratch.sorted.resize(count * kChunk);
  scratch.weight.resize(count * kChunk);
  scratch.mass.resize(count * kChunk);
  scratch.value.resize(count * kChunk);
  scratch.sums.assign((4 * pairs + 3 * count) * kLanes, 0.0);
  for (std::size_t first = 0; first < pixels; first += kChunk) {
    const std::size_t here = std::min(kChunk, pixels - first);
    weigh_chunk(maps.data(), count, first, here, affines.data(), static_cast<float>(1 / width),
                scratch.aligned.data(), scratch.sorted.data(), scratch.weight.data(),
                scratch.mass.data(), scratch.value.data());
    add_chunk(maps.data(), count, first, here, scratch.weight.data(), scratch.mass.data(),
              scratch.value.data(), scratch.sums.data());
  }
  products.pairs.clear();
  products.weight.clear();
  const double* own = scratch.sums.data() + 4 * pairs * kLanes;
  const double* sums = scratch.sums.data();
  for (std::size_t k = 0; k < count; ++k, own += 3 * kLanes) {
    const double mass = sum_of(own), first = sum_of(own + kLanes),
                 second = sum_of(own + 2 * kLanes);
    for (std::size_t l = k; l < count; ++l, sums += 4 * kLanes) {
      PairBlock& block = products.pairs.emplace_back();
      block.scale_scale = (k == l ? second : 0) - sum_of(sums);
      block.scale_shift = (k == l ? first : 0) - sum_of(sums + kLanes);
      block.shift_scale = k == l ? block.scale_shift : -sum_of(sums + 2 * kLanes);
      block.shift_shift = (k == l ? mass : 0) - sum_of(sums + 3 * kLanes);
    }
    products.weight.push_back(mass / static_cast<double>(pixels));
  }
}

}  // namespace rollingdepth
