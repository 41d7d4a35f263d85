#include "write/side_by_side.hpp"

#include <ATen/ops/zeros.h>

#include "base/resample.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kGapPx = 10;

}  // namespace

FrameSize side_by_side_size(FrameSize depth) {
  return {2 * depth.width_px + kGapPx, depth.height_px};
}

at::Tensor side_by_side(const at::Tensor& rgb, const at::Tensor& painted) {
  const std::int64_t height_px = painted.size(0), width_px = painted.size(1);
  const at::Tensor color = resample_picture(rgb, {width_px, height_px});
  at::Tensor canvas = at::zeros({height_px, 2 * width_px + kGapPx, 3}, at::kByte);
  canvas.narrow(1, 0, width_px).copy_(color.permute({1, 2, 0}));
  canvas.narrow(1, width_px + kGapPx, width_px).copy_(painted);
  return canvas;
}

}  // namespace rollingdepth
