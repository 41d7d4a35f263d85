#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "decode/linear_light.hpp"
#include "decode/picture_format.hpp"

namespace rollingdepth {

/// A picture file as the networks take it, and what there is to be said of it.
struct Picture {
  at::Tensor rgb;  ///< [3, H, W] uint8 on CPU, contiguous, RGB, as shown.
  std::optional<std::string>
      damage;                ///< What is wrong with the file, which was read in spite of it.
  bool transparent = false;  ///< It has alpha, dropped, that is not full everywhere.
  OutOfRange out_of_range;   ///< Of float samples.
};

/// The kind of a picture, its size and how many there are, from the beginning of its file.
/// @throws Error(kInput) naming the file: missing, no picture.
PictureHeader read_picture_header(const std::filesystem::path& file);

/// Reads one picture of any kind: 8-bit RGB, deeper samples cut to 8 bits, floats from linear light
/// to sRGB, grey spread, alpha dropped, turned by EXIF. Nothing is printed.
/// @param page of a TIFF file with several.
/// @throws Error(kInput) naming the file: missing, no picture, of a kind that is not read, more
///         pixels than `max_pixels` or than its bytes can hold, damaged, cut short.
Picture read_picture(const std::filesystem::path& file, std::int64_t max_pixels,
                     std::int64_t page = 0);

/// The samples of a grey picture of 8 or 16 bits, as stored; damaged ones are refused.
/// @return [H, W] int32 on CPU, contiguous. @throws Error(kInput) naming the file.
at::Tensor read_grey_picture(const std::filesystem::path& file, std::int64_t max_pixels);

/// @throws Error(kInput) naming a picture whose size is not that of the first one of its clip.
void require_same_size(const std::filesystem::path& picture, std::int64_t width_px,
                       std::int64_t height_px, std::int64_t first_width_px,
                       std::int64_t first_height_px);

}  // namespace rollingdepth
