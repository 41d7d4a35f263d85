#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "media/libav.hpp"

namespace rollingdepth {

/// Looks for inks that are stored as YCbCr and black, and has libav hand them out as they are
/// stored: by itself it would multiply black in before the colours are known, several levels off.
/// @param jpeg a whole file, in which Adobe's mark is changed; others are left alone.
bool take_ycck(std::span<std::uint8_t> jpeg);

/// @param frame Y, Cb, Cr and black in planes of 8 bits and full size, inverted as Adobe's programs
///              write them.
/// @return      [3, H, W] uint8 on CPU, contiguous, RGB: what each ink and black let through.
/// @throws Error(kInput) for other planes.
at::Tensor rgb_of_ycck(const AVFrame& frame);

}  // namespace rollingdepth
