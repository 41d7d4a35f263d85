#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

namespace rollingdepth {

/// The kinds of picture files that are read.
enum class PictureFormat {
  kPng,
  kJpeg,
  kTiff,
  kBmp,
  kWebp,
  kExr,
  kPnm,  ///< PBM, PGM, PPM, PAM.
  kPfm,
  kDpx,
  kTga,
  kRadiance,  ///< Known in order to be refused by name: FFmpeg reads it from version 6 on.
  kJpeg2000
};

struct PictureFormatInfo {
  PictureFormat format;
  std::string_view name;                       ///< For messages.
  std::array<std::string_view, 5> extensions;  ///< In lower case; empty ones do not count.
};

/// All of them.
std::span<const PictureFormatInfo> picture_formats();

/// What the first bytes of a file are those of; its name decides only for TGA, which begins
/// without a mark.
std::optional<PictureFormat> picture_format_of(std::span<const std::uint8_t> start,
                                               const std::filesystem::path& file);

/// What a picture's header says.
struct PictureHeader {
  PictureFormat format = PictureFormat::kPng;
  std::int64_t width_px = 0;   ///< As stored: before it is turned.
  std::int64_t height_px = 0;  ///< As stored.
  int orientation = 1;         ///< EXIF's, 1 to 8, as far as it stands before the pixels.
  std::int64_t pictures = 1;   ///< Pages of a TIFF, frames of an animated PNG or WebP.
  bool same_size = true;       ///< All pictures have the first one's size.
};

/// Reads the header of any format but TIFF and OpenEXR.
/// @param start     the file's first bytes.
/// @param truncated set where more of them are needed.
/// @return          nothing where there is none, or more bytes are needed.
std::optional<PictureHeader> header_in(PictureFormat format, std::span<const std::uint8_t> start,
                                       bool& truncated);

}  // namespace rollingdepth
