#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "method/rolling_depth/model.hpp"

namespace rollingdepth {

/// Colour frames to scaled latents.
/// @param rgb [B, 3, H, W] float32, any device, about [-1, 1].
/// @return    [B, C, h, w] model dtype and device, times rgb_latent_scale.
at::Tensor encode_rgb(DepthModel& model, const at::Tensor& rgb);

/// Depth maps, repeated to three channels, to scaled latents.
/// @param depth [B, 1, H, W] float32 on CPU, [-1, 1].
/// @return      [B, C, h, w] model dtype and device, times depth_latent_scale.
at::Tensor encode_depth(DepthModel& model, const at::Tensor& depth);

struct DecodedDepth {
  at::Tensor maps;      ///< [B, 1, d h, d w] float32 on CPU.
  bool finite = false;  ///< Whether all values are; found where the model is.
};

/// Scaled latents to depth.
/// @param latents [B, C, h, w] model dtype and device, scaled by depth_latent_scale.
DecodedDepth decode_depth(DepthModel& model, const at::Tensor& latents);

}  // namespace rollingdepth
