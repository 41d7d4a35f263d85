#pragma once

#include <cstdint>
#include <span>

#include "decode/picture_format.hpp"
#include "decode/picture_pixels.hpp"

namespace rollingdepth {

/// Reads a PFM picture, from linear light to sRGB. libav would hand it out upside down.
/// REQUIRES: a header whose size was looked at.
/// @throws Error(kInput), without the file's name: damaged, cut short.
PicturePixels read_pfm(const PictureHeader& header, std::span<const std::uint8_t> bytes);

}  // namespace rollingdepth
