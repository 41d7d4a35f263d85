#pragma once

#include <cstdint>
#include <filesystem>

#include "decode/picture_format.hpp"
#include "decode/picture_pixels.hpp"

namespace rollingdepth {

/// The header of the first page of a TIFF file; thumbnails and masks are no pages.
/// @throws Error(kInput), without the file's name.
PictureHeader tiff_header(const std::filesystem::path& file);

struct TiffPicture {
  PicturePixels pixels;  ///< As stored: not turned.
  int orientation = 1;   ///< EXIF's.
  bool damaged = false;  ///< libtiff found faults and went on.
};

/// Reads one page with libtiff: integers of up to 16 bits in any colour space that it converts,
/// 32-bit ones and floats of 16, 32 and 64 bits as grey or RGB; floats from linear light to sRGB.
/// @param page from 0, counted as tiff_header() does.
/// @throws Error(kInput), without the file's name: of another kind, damaged, cut short.
TiffPicture read_tiff_page(const std::filesystem::path& file, std::int64_t page,
                           std::int64_t max_pixels);

}  // namespace rollingdepth
