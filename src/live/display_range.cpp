#include "live/display_range.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rollingdepth::live {
namespace {

constexpr double kFarShare = 0.02;
constexpr double kNearShare = 0.98;
constexpr std::int64_t kMostSamples = 8192;
constexpr float kNearestMetres = 1e-3F;

// About kMostSamples of the values, evenly spread.
std::vector<float> samples_of(const at::Tensor& map) {
  const at::Tensor flat = map.contiguous().view(-1);
  const std::int64_t step = (flat.numel() + kMostSamples - 1) / kMostSamples;
  const float* const values = flat.const_data_ptr<float>();
  std::vector<float> samples;
  for (std::int64_t i = 0; i < flat.numel(); i += step) {
    if (std::isfinite(values[i])) samples.push_back(values[i]);
  }
  return samples;
}

double percentile(std::vector<float>& samples, double share) {
  const auto rank =
      static_cast<std::ptrdiff_t>(std::lround(share * static_cast<double>(samples.size() - 1)));
  std::nth_element(samples.begin(), samples.begin() + rank, samples.end());
  return samples[static_cast<std::size_t>(rank)];
}

}  // namespace

double DisplayRange::of_nearness(double nearness) const {
  if (values_ != DepthValues::kMetres) return nearness;
  return 1 / std::max(nearness, 1e-9);
}

at::Tensor DisplayRange::show(const at::Tensor& depth) {
  const at::Tensor nearness =
      values_ == DepthValues::kMetres ? depth.clamp_min(kNearestMetres).reciprocal() : depth;
  std::vector<float> samples = samples_of(nearness);
  if (!samples.empty()) {
    const double far = percentile(samples, kFarShare);
    const double near = percentile(samples, kNearShare);
    const double stays = known_ ? decay_ : 0;
    far_ = stays * far_ + (1 - stays) * far;
    near_ = stays * near_ + (1 - stays) * near;
    known_ = true;
  }
  if (!(near_ > far_)) return at::zeros_like(nearness);
  return ((nearness - far_) / (near_ - far_)).clamp_(0, 1).nan_to_num_(0);
}

}  // namespace rollingdepth::live
