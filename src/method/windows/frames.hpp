#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// Pixels of a cell of the networks along each side.
inline constexpr std::int64_t kPatchPx = 14;

/// The size at which the networks run: the shorter side near `res_px`, less for pictures wider than
/// 16:9, both sides multiples of kPatchPx. @param res_px 0: the input's shorter side.
/// Source: DPT's Resize with `lower_bound`, and the reduction of the original's `infer_video_depth`
/// for wide pictures.
FrameSize network_size(FrameSize input, std::int64_t res_px);

/// Resamples by cubics of a = -0.75, without antialiasing, as OpenCV's INTER_CUBIC does, and
/// normalises by ImageNet's mean and deviation.
/// @param rgb [3, H, W] uint8. @return [3, size.height_px, size.width_px] float32, on its device.
at::Tensor prepare_frame(const at::Tensor& rgb, FrameSize size);

/// Bilinear, corners on corners, as the original brings depth to the size of its frames.
/// @param maps [B, h, w] float32. @return [B, size.height_px, size.width_px].
at::Tensor resize_depth(const at::Tensor& maps, FrameSize size);

}  // namespace rollingdepth
