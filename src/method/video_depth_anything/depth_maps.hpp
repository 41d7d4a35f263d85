#pragma once

#include <ATen/core/Tensor.h>

#include "method/video_depth_anything/model.hpp"

namespace rollingdepth::vda {

/// Depth of frames in the output size. @param paths, skips as Networks::decode() takes them.
/// @return [B, H, W] float32 on CPU. @throws Error(kFailed) where it is not finite.
at::Tensor depth_maps(Networks& networks, const at::Tensor& paths, const at::Tensor& skips,
                      const FrameNumbers& numbers, FrameSize output);

}  // namespace rollingdepth::vda
