#pragma once

#include <cstdint>
#include <filesystem>

#include "decode/picture_format.hpp"
#include "decode/picture_pixels.hpp"

namespace rollingdepth {

/// The size of an OpenEXR picture's display window. @throws Error(kInput), without the file's name.
PictureHeader exr_header(const std::filesystem::path& file);

/// Reads an OpenEXR picture as it is shown: R, G and B, or Y with or without RY and BY, from linear
/// light to sRGB; what its display window has beyond the stored pixels is black.
/// @throws Error(kInput), without the file's name: other channels, damaged, cut short.
PicturePixels read_exr_picture(const std::filesystem::path& file, std::int64_t max_pixels);

/// What every reader of OpenEXR asks before it takes memory: whether all parts of the picture are
/// there, and whether as many values as it claims can be in a file of that size.
/// @throws Error(kInput), without the file's name.
void require_whole_exr(const std::filesystem::path& file, std::int64_t max_pixels);

}  // namespace rollingdepth
