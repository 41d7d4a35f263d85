#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// The size at which networks run: longest edge scaled to `res_px` (also upwards, truncated as the
/// original does; 0 keeps the size), then each side rounded to the nearest multiple of `multiple`,
/// ties upwards, at least one multiple.
FrameSize processing_size(FrameSize input, std::int64_t res_px, std::int64_t multiple);

/// Antialiased resampling with half-pixel centres on float values, no clamping.
/// @param images [B, C, H, W] float32. @return [B, C, size.height_px, size.width_px] float32.
/// Source: torchvision.transforms.Resize with antialias=True.
at::Tensor resample(const at::Tensor& images, FrameSize size, ResampleMethod method);

/// The same of pictures of bytes, bilinear; those of that size as they are.
/// @param rgb [3, H, W] uint8. @return [3, size.height_px, size.width_px] uint8.
at::Tensor resample_picture(const at::Tensor& rgb, FrameSize size);

/// uint8 RGB to network input: resample on 0..255, then x / 255 * 2 - 1.
/// @param rgb [B, 3, H, W] uint8. @return [B, 3, h, w] float32 on the same device, about [-1, 1].
at::Tensor prepare_frames(const at::Tensor& rgb, FrameSize size, ResampleMethod method);

}  // namespace rollingdepth
