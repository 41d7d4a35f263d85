#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "decode/picture_geometry.hpp"

namespace rollingdepth {

/// The orientation that an EXIF block gives, the structure of a TIFF file: "II" or "MM" first.
/// @return 1 to 8; nothing where it gives none.
std::optional<int> exif_orientation(std::span<const std::uint8_t> tiff);

/// @param exif 1 to 8; all else leaves a picture as it is.
Orientation orientation_of_exif(int exif);

}  // namespace rollingdepth
