#include "align/adam/objective.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <tuple>

#include "align/snippet_plan.hpp"
#include "rollingdepth/error.hpp"

// Compiled with -fopenmp-simd: `omp simd reduction` allows the compiler to sum in vector lanes,
// which C++ alone forbids. Values are float32 as in the original, sums are double: then the order
// of the additions, which depends on compiler and processor, does not reach the float32 gradient.
// That matters because every flipped sign sends Adam along another path.

namespace rollingdepth {
namespace {

// Less work than this per thread and step is done sooner than another thread wakes up.
constexpr std::size_t kSamplesPerThread = 32768;
constexpr double kScalePenalty = 0.1;
constexpr double kShiftPenalty = 10;
// A map's inverse is 1 / max(aligned, kSmallestDepth); no gradient flows where it is clamped.
constexpr float kSmallestDepth = 1e-3f;
// Keeps a frame of zeros (a flat clip) from dividing zero by zero.
constexpr float kSmallestNormalizer = 1e-12f;

void check_finite(const SnippetSamples& entry) {
  if (at::isfinite(entry.samples).all().item<bool>()) return;
  throw Error(ErrorKind::kFailed,
              "cannot align the snippets of dilation " + std::to_string(entry.plan.dilation) +
                  ": the predicted depth holds values that are not finite",
              Retry::kNever);
}

/// The maps that cover one frame. Borrows.
struct FrameMaps {
  const float* samples = nullptr;  ///< [K, P] contiguous, finite.
  std::size_t count = 0;           ///< K >= 1.
  std::size_t pixels = 0;          ///< P >= 1.
  std::span<const float> scales;   ///< [K].
  std::span<const float> shifts;   ///< [K].
};

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

/// With A = scale * x + shift, M and D the means over the K maps of A and of its inverse:
/// pixel_weight * (sum over maps and pixels of |A - M| / mean|M| + |1/A - D| / mean|D|).
/// M, D and both normalisers count as constants in the gradient.
/// @param gradients [K], overwritten.
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

}  // namespace

CoAlignObjective::CoAlignObjective(const std::vector<SnippetSamples>& snippets) {
  lay_out(snippets);
  scratch_.resize(useful_members());
  team_ = std::make_unique<StepTeam>(
      "align", scratch_.size(), [this](std::size_t member) { evaluate_frames(scratch_[member]); });
}

void CoAlignObjective::lay_out(const std::vector<SnippetSamples>& snippets) {
  std::vector<SnippetPlan> plans;
  std::vector<at::Tensor> samples;
  std::vector<std::size_t> first_snippet;
  std::size_t snippet_count = 0;
  std::int64_t rows = 0;
  check_samples(snippets);
  for (const SnippetSamples& entry : snippets) {
    check_finite(entry);
    plans.push_back(entry.plan);
    samples.push_back(entry.samples.contiguous());
    first_snippet.push_back(snippet_count);
    snippets_of_entry_.push_back(static_cast<std::size_t>(entry.plan.size()));
    snippet_count += snippets_of_entry_.back();
    if (entry.plan.size() > 0) rows += entry.plan.length;
  }
  const std::int64_t frames = plans.front().frames;
  pixels_ = static_cast<std::size_t>(samples.front().size(2) * samples.front().size(3));
  pixel_weight_ =
      static_cast<float>(1.0 / (static_cast<double>(rows * frames) * static_cast<double>(pixels_)));
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    std::vector<CoveringMap> covering = covering_maps(plans, frame);
    std::stable_sort(covering.begin(), covering.end(),
                     [](const CoveringMap& a, const CoveringMap& b) {
                       return std::tie(a.entry, a.position) < std::tie(b.entry, b.position);
                     });
    frames_.push_back({snippet_of_map_.size(), covering.size()});
    for (const CoveringMap& map : covering) {
      const std::int64_t row = map.snippet * plans[map.entry].length + map.position;
      const float* from =
          samples[map.entry].const_data_ptr<float>() + static_cast<std::size_t>(row) * pixels_;
      samples_.insert(samples_.end(), from, from + pixels_);
      snippet_of_map_.push_back(first_snippet[map.entry] + static_cast<std::size_t>(map.snippet));
    }
  }
  map_scales_.resize(snippet_of_map_.size());
  map_shifts_.resize(snippet_of_map_.size());
  map_gradients_.resize(snippet_of_map_.size());
  frame_losses_.resize(frames_.size());
  snippet_gradients_.resize(snippet_count);
}

std::size_t CoAlignObjective::useful_members() const {
  const std::size_t threads = static_cast<std::size_t>(std::max(at::get_num_threads(), 1));
  return std::clamp<std::size_t>(samples_.size() / kSamplesPerThread, 1, threads);
}

AffineParameters CoAlignObjective::identity() const {
  const std::size_t snippets = snippet_gradients_.size();
  return {std::vector<float>(snippets, 1.0f), std::vector<float>(snippets, 0.0f)};
}

double CoAlignObjective::evaluate(const AffineParameters& parameters, AffineParameters& gradient) {
  for (std::size_t map = 0; map < snippet_of_map_.size(); ++map) {
    map_scales_[map] = parameters.scales[snippet_of_map_[map]];
    map_shifts_[map] = parameters.shifts[snippet_of_map_[map]];
  }
  next_frame_ = 0;
  team_->run();

  // Summed in a fixed order, whichever thread took which frame.
  std::fill(snippet_gradients_.begin(), snippet_gradients_.end(), MapGradient{});
  for (std::size_t map = 0; map < snippet_of_map_.size(); ++map) {
    snippet_gradients_[snippet_of_map_[map]].scale += map_gradients_[map].scale;
    snippet_gradients_[snippet_of_map_[map]].shift += map_gradients_[map].shift;
  }
  double loss = 0;
  for (const double frame_loss : frame_losses_) loss += frame_loss;
  gradient.scales.resize(snippet_gradients_.size());
  gradient.shifts.resize(snippet_gradients_.size());
  for (std::size_t i = 0; i < snippet_gradients_.size(); ++i) {
    gradient.scales[i] = static_cast<float>(snippet_gradients_[i].scale);
    gradient.shifts[i] = static_cast<float>(snippet_gradients_[i].shift);
  }
  return loss + add_penalties(parameters, gradient);
}

void CoAlignObjective::evaluate_frames(FrameScratch& scratch) {
  for (;;) {
    const std::size_t frame = next_frame_.fetch_add(1, std::memory_order_relaxed);
    if (frame >= frames_.size()) return;
    const auto [first, count] = frames_[frame];
    if (count == 0) continue;  // A zero of the original's dense array.
    const FrameMaps maps = {.samples = samples_.data() + first * pixels_,
                            .count = count,
                            .pixels = pixels_,
                            .scales = std::span(map_scales_).subspan(first, count),
                            .shifts = std::span(map_shifts_).subspan(first, count)};
    frame_losses_[frame] =
        frame_terms(maps, pixel_weight_, scratch, std::span(map_gradients_).subspan(first, count));
  }
}

double CoAlignObjective::add_penalties(const AffineParameters& parameters,
                                       AffineParameters& gradient) const {
  double penalty = 0;
  std::size_t i = 0;
  for (const std::size_t count : snippets_of_entry_) {
    const auto snippets = static_cast<double>(count);
    for (const std::size_t end = i + count; i < end; ++i) {
      const double shortfall = std::max(0.0f, 1.0f - parameters.scales[i]);
      const double shift = parameters.shifts[i];
      penalty += (kScalePenalty * shortfall * shortfall + kShiftPenalty * shift * shift) / snippets;
      gradient.scales[i] -= static_cast<float>(2 * kScalePenalty * shortfall / snippets);
      gradient.shifts[i] += static_cast<float>(2 * kShiftPenalty * shift / snippets);
    }
  }
  return penalty;
}

std::vector<SnippetAffine> CoAlignObjective::split(const AffineParameters& parameters) const {
  std::vector<SnippetAffine> affines;
  auto scale = parameters.scales.begin();
  auto shift = parameters.shifts.begin();
  for (const std::size_t count : snippets_of_entry_) {
    SnippetAffine affine = {at::empty({static_cast<std::int64_t>(count)}, at::kFloat),
                            at::empty({static_cast<std::int64_t>(count)}, at::kFloat),
                            {}};
    const auto length = static_cast<std::ptrdiff_t>(count);
    std::copy_n(scale, length, affine.scale.mutable_data_ptr<float>());
    std::copy_n(shift, length, affine.shift.mutable_data_ptr<float>());
    scale += length;
    shift += length;
    affines.push_back(std::move(affine));
  }
  return affines;
}

}  // namespace rollingdepth
