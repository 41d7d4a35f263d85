#include "method/windows/frames.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace rollingdepth {
namespace {

// Pictures of a larger ratio are reduced as if they were 1.777.
constexpr double kWidest = 1.78;
constexpr double kReducedTo = 1.777;
// Of ImageNet's pictures, red, green and blue.
constexpr std::array<float, 3> kMean = {0.485F, 0.456F, 0.406F};
constexpr std::array<float, 3> kDeviation = {0.229F, 0.224F, 0.225F};

// Half to even, as the default rounding mode does.
std::int64_t nearest_multiple(double value) {
  return static_cast<std::int64_t>(std::nearbyint(value / kPatchPx)) * kPatchPx;
}

std::int64_t shorter_side(FrameSize input, std::int64_t res_px) {
  const auto [shorter, longer] = std::minmax(input.width_px, input.height_px);
  std::int64_t side = res_px == 0 ? shorter : res_px;
  const double ratio = static_cast<double>(longer) / static_cast<double>(shorter);
  if (ratio > kWidest) {
    side = nearest_multiple(std::trunc(static_cast<double>(side) * kReducedTo / ratio));
  }
  return std::max(side, kPatchPx);
}

std::int64_t scaled_side(std::int64_t side, double scale, std::int64_t least) {
  const double scaled = scale * static_cast<double>(side);
  const std::int64_t rounded = nearest_multiple(scaled);
  if (rounded >= least) return rounded;
  return static_cast<std::int64_t>(std::ceil(scaled / kPatchPx)) * kPatchPx;
}

}  // namespace

FrameSize network_size(FrameSize input, std::int64_t res_px) {
  const std::int64_t side = shorter_side(input, res_px);
  const double scale =
      static_cast<double>(side) / static_cast<double>(std::min(input.width_px, input.height_px));
  return {.width_px = scaled_side(input.width_px, scale, side),
          .height_px = scaled_side(input.height_px, scale, side)};
}

at::Tensor prepare_frame(const at::Tensor& rgb, FrameSize size) {
  const at::Tensor pixels = rgb.unsqueeze(0).to(at::kFloat).div_(255);
  at::Tensor resized = at::upsample_bicubic2d(pixels, {size.height_px, size.width_px},
                                              /*align_corners=*/false)
                           .squeeze(0);
  const auto per_channel = [&](std::array<float, 3> values) {
    return at::tensor(values, resized.options()).view({3, 1, 1});
  };
  return resized.sub_(per_channel(kMean)).div_(per_channel(kDeviation));
}

at::Tensor resize_depth(const at::Tensor& maps, FrameSize size) {
  if (maps.size(1) == size.height_px && maps.size(2) == size.width_px) return maps;
  return at::upsample_bilinear2d(maps.unsqueeze(1), {size.height_px, size.width_px},
                                 /*align_corners=*/true)
      .squeeze(1);
}

}  // namespace rollingdepth
