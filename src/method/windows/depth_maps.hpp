#pragma once

#include <ATen/core/Tensor.h>

#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// Depth of frames in the output size. @param depth [B, H, W] as networks give it.
/// @return [B, H, W] float32 on CPU. @throws Error(kFailed) where it is not finite.
at::Tensor depth_maps(const at::Tensor& depth, FrameSize output);

}  // namespace rollingdepth
