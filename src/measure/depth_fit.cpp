#include "measure/depth_fit.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/named_values.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kKeptPairs = 1 << 19;
constexpr int kMaxRounds = 200;
constexpr double kConverged = 1e-10;  // Change of a round, relative to the spread of the target.
constexpr double kSmallestResidual = 1e-6;  // Weights stay finite below it; relative likewise.

constexpr std::array<std::pair<DepthAlignment, const char*>, 4> kAlignments = {{
    {DepthAlignment::kNone, "none"},
    {DepthAlignment::kScale, "scale"},
    {DepthAlignment::kAffine, "affine"},
    {DepthAlignment::kAffineInverse, "affine-inverse"},
}};
constexpr std::array<std::pair<FitMethod, const char*>, 2> kMethods = {{
    {FitMethod::kLeastSquares, "least-squares"},
    {FitMethod::kRobust, "robust"},
}};

// Every so many pixels, but never the same column of each row: multiples of the golden ratio fall
// evenly into [0, 1), whatever the width.
bool is_kept(std::int64_t pixel, double share) {
  constexpr double kGoldenRatio = 0.6180339887498949;
  const double turns = static_cast<double>(pixel) * kGoldenRatio;
  return turns - std::floor(turns) < share;
}

// Distance of the quartiles; of the extremes where these are equal. Outliers do not stretch it.
double spread_of(std::vector<double> values) {
  const auto at = [&](std::size_t quarter) {
    const std::size_t position = quarter * (values.size() - 1) / 4;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(position),
                     values.end());
    return values[position];
  };
  const double quartiles = at(3) - at(1);
  return quartiles > 0 ? quartiles : at(4) - at(0);
}

}  // namespace

std::vector<std::string> depth_alignment_names() { return names_of(kAlignments); }
std::string to_string(DepthAlignment alignment) { return name_of(kAlignments, alignment); }
DepthAlignment parse_depth_alignment(std::string_view name) {
  return value_of(kAlignments, "alignment", name);
}

std::vector<std::string> fit_method_names() { return names_of(kMethods); }
std::string to_string(FitMethod method) { return name_of(kMethods, method); }
FitMethod parse_fit_method(std::string_view name) { return value_of(kMethods, "fit", name); }

DepthFit::DepthFit(DepthAlignment alignment, FitMethod method, std::int64_t frames)
    : alignment_(alignment), method_(method), frames_(std::max<std::int64_t>(frames, 1)) {}

void DepthFit::add_pair(double x, double y, double weight, Moments& moments) {
  moments.weight += weight;
  moments.x += weight * x;
  moments.y += weight * y;
  moments.xx += weight * x * x;
  moments.xy += weight * x * y;
}

void DepthFit::add(const MapPair& maps) {
  if (alignment_ == DepthAlignment::kNone) return;
  const float* reference = maps.reference.const_data_ptr<float>();
  const float* candidate = maps.candidate.const_data_ptr<float>();
  const bool* valid = maps.valid.const_data_ptr<bool>();
  const std::int64_t pixels = maps.valid.numel();
  const double kept_share = static_cast<double>(kKeptPairs) /
                            (static_cast<double>(frames_) * static_cast<double>(pixels));
  const bool inverse = alignment_ == DepthAlignment::kAffineInverse;
  for (std::int64_t p = 0; p < pixels; ++p) {
    if (!valid[p]) continue;
    const double x = candidate[p];
    const double y = inverse ? 1 / static_cast<double>(reference[p]) : reference[p];
    // A scale alone is about zero, whatever the values are.
    if (!has_origin_ && alignment_ != DepthAlignment::kScale) {
      origin_x_ = x;
      origin_y_ = y;
    }
    has_origin_ = true;
    add_pair(x - origin_x_, y - origin_y_, 1, moments_);
    if (method_ == FitMethod::kRobust && is_kept(seen_++, kept_share)) {
      kept_x_.push_back(x - origin_x_);
      kept_y_.push_back(y - origin_y_);
    }
  }
}

DepthAffine DepthFit::solve(const Moments& moments) const {
  if (moments.weight <= 0) return {};
  if (alignment_ == DepthAlignment::kScale) {
    return {.scale = moments.xx > 0 ? moments.xy / moments.xx : 1, .shift = 0};
  }
  const double mean_x = moments.x / moments.weight;
  const double mean_y = moments.y / moments.weight;
  const double variance = moments.xx / moments.weight - mean_x * mean_x;
  const double covariance = moments.xy / moments.weight - mean_x * mean_y;
  // Below this, what is left of a constant candidate is rounding.
  const bool varies = variance > 1e-14 * (moments.xx / moments.weight);
  const double scale = varies ? covariance / variance : 0;
  return {.scale = scale, .shift = mean_y - scale * mean_x};
}

// Least absolute deviation from a start, by least squares with the weights 1 / |residual|.
DepthAffine DepthFit::refined(DepthAffine affine) const {
  const double spread = spread_of(kept_y_);
  const double smallest = std::max(kSmallestResidual * spread, 1e-300);
  for (int round = 0; round < kMaxRounds; ++round) {
    Moments moments;
    double moved = 0;
    for (std::size_t i = 0; i < kept_x_.size(); ++i) {
      const double x = kept_x_[i], y = kept_y_[i];
      const double residual = std::abs(affine.scale * x + affine.shift - y);
      add_pair(x, y, 1 / std::max(residual, smallest), moments);
    }
    const DepthAffine next = solve(moments);
    for (const double x : kept_x_) {
      moved =
          std::max(moved, std::abs((next.scale - affine.scale) * x + next.shift - affine.shift));
    }
    affine = next;
    if (moved <= kConverged * spread) break;
  }
  return affine;
}

DepthAffine DepthFit::solve() const {
  if (alignment_ == DepthAlignment::kNone || moments_.weight <= 0) return {};
  DepthAffine affine = solve(moments_);
  if (method_ == FitMethod::kRobust) affine = refined(affine);
  affine.shift += origin_y_ - affine.scale * origin_x_;
  return affine;
}

// A loop of its own: threads that measure frames side by side must not start LibTorch's.
at::Tensor aligned_candidate(const at::Tensor& candidate, DepthAlignment alignment,
                             DepthAffine affine, DepthRange range) {
  at::Tensor aligned = at::empty_like(candidate);
  const float* from = candidate.const_data_ptr<float>();
  float* to = aligned.mutable_data_ptr<float>();
  const bool identity = alignment == DepthAlignment::kNone;
  const bool inverse = alignment == DepthAlignment::kAffineInverse;
  for (std::int64_t p = 0; p < candidate.numel(); ++p) {
    double value = from[p];
    if (!identity) value = affine.scale * value + affine.shift;
    if (inverse) value = value > 0 ? 1 / value : (std::isnan(value) ? value : range.farthest);
    to[p] = static_cast<float>(
        std::isnan(value) ? value : std::clamp(value, range.nearest, range.farthest));
  }
  return aligned;
}

}  // namespace rollingdepth
