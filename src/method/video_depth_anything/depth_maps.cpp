#include "method/video_depth_anything/depth_maps.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/isfinite.h>

#include "method/video_depth_anything/frames.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::vda {

at::Tensor depth_maps(Networks& networks, const at::Tensor& paths, const at::Tensor& skips,
                      const FrameNumbers& numbers, FrameSize output) {
  const at::Tensor maps =
      resize_depth(networks.decode(paths, skips, numbers).to(at::kFloat), output).contiguous();
  if (!at::isfinite(maps).all().item<bool>()) {
    throw Error(ErrorKind::kFailed, "the depth is not finite; try --dtype fp32", Retry::kNever);
  }
  return maps.cpu();
}

}  // namespace rollingdepth::vda
