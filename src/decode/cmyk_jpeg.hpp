#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>

#include "libav.hpp"

namespace rollingdepth {

/// What the four components of a JPEG file are, by Adobe's mark.
enum class JpegInks {
  kCmyk,
  kYcck  ///< Cyan, magenta and yellow as YCbCr.
};

/// Looks for four components, and has libav hand them out as they are stored, in a frame of four
/// planes: by itself it would multiply black in with a loss of several levels.
/// @param jpeg a whole file, in which Adobe's mark is changed.
/// @return nothing for other files, which are left alone.
std::optional<JpegInks> take_jpeg_inks(std::span<std::uint8_t> jpeg);

/// @param frame four planes of 8 bits, of full size, inverted as Adobe's programs write them.
/// @return      [3, H, W] uint8 on CPU, contiguous, RGB: what each ink and black let through.
at::Tensor rgb_of_inks(const AVFrame& frame, JpegInks inks);

}  // namespace rollingdepth
