#include "method/windows/depth_maps.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/isfinite.h>

#include "method/windows/frames.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

at::Tensor depth_maps(const at::Tensor& depth, FrameSize output) {
  const at::Tensor maps = resize_depth(depth.to(at::kFloat), output).contiguous();
  if (!at::isfinite(maps).all().item<bool>()) {
    throw Error(ErrorKind::kFailed, "the depth is not finite; try --dtype fp32", Retry::kNever);
  }
  return maps.cpu();
}

}  // namespace rollingdepth
