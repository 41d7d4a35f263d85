#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "decode/linear_light.hpp"
#include "media/libav.hpp"

namespace rollingdepth {

/// A decoded picture as the networks take it, and what got lost on the way.
struct PicturePixels {
  at::Tensor rgb;            ///< [3, H, W] uint8 on CPU, contiguous, RGB, full range.
  bool transparent = false;  ///< It has alpha that is not full everywhere.
  OutOfRange out_of_range;   ///< Of float samples.
};

/// Turns a still picture into 8 bits: of deeper samples the upper ones, palettes looked up, grey
/// spread, alpha dropped, floats from linear light to sRGB, YCbCr by BT.601 with its colours
/// interpolated as JPEG wants it.
/// @throws Error(kInput) naming a pixel format that is not known.
/// @param ycck the frame is what take_ycck() makes of a JPEG picture.
PicturePixels picture_pixels(FramePtr frame, bool ycck);

/// The samples of a grey picture of up to 16 bits as they are stored.
/// @return [H, W] int32 on CPU, contiguous.
/// @throws Error(kInput) where it has more than one channel, or floats.
at::Tensor grey_levels(const AVFrame& frame);

}  // namespace rollingdepth
