#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "decode/picture_format.hpp"

namespace rollingdepth {

/// What a decoder would pass over or print about.
struct PictureFault {
  std::string what;
  bool fatal = false;  ///< Half of a picture is none: it is not to be decoded.
};

/// Looks for faults in the bytes of a whole file: cut short, wrong checksums of PNG chunks.
std::optional<PictureFault> picture_fault(PictureFormat format,
                                          std::span<const std::uint8_t> bytes);

/// The fewest bytes in which a picture of that size can be stored; 0 where there is no such bound.
/// @param bytes of the whole file. REQUIRES: the size in its header was looked at.
std::int64_t fewest_bytes(const PictureHeader& header, std::span<const std::uint8_t> bytes);

}  // namespace rollingdepth
