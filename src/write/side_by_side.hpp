#pragma once

#include <ATen/core/Tensor.h>

#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// Of a picture that side_by_side() makes of depth of that size.
FrameSize side_by_side_size(FrameSize depth);

/// A colour frame left, scaled to the depth's size, a black gap of 10 pixels, painted depth right.
/// @param rgb [3, H, W] uint8. @param painted [h, w, 3] uint8. @return [h, 2 w + 10, 3] uint8.
at::Tensor side_by_side(const at::Tensor& rgb, const at::Tensor& painted);

}  // namespace rollingdepth
