#include "decode/pfm_picture.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <bit>
#include <cctype>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// Behind the kind, the width, the height and the scale, each a word, and one more blank.
std::size_t place_of_pixels(std::span<const std::uint8_t> bytes) {
  std::size_t at = 0;
  for (int word = 0; word < 4; ++word) {
    while (at < bytes.size() && std::isspace(bytes[at]) != 0) ++at;
    while (at < bytes.size() && std::isspace(bytes[at]) == 0) ++at;
  }
  return std::min(at + 1, bytes.size());
}

float value_of(const std::uint8_t* bytes, bool little_endian) {
  std::uint32_t bits = 0;
  for (int i = 0; i < 4; ++i) bits = bits << 8 | bytes[little_endian ? 3 - i : i];
  return std::bit_cast<float>(bits);
}

}  // namespace

PicturePixels read_pfm(const PictureHeader& header, std::span<const std::uint8_t> bytes) {
  const std::int64_t width = header.width_px, height = header.height_px;
  const bool is_grey = bytes[1] == 'f';
  const std::int64_t channels = is_grey ? 1 : 3;
  const std::size_t begin = place_of_pixels(bytes);
  const auto stored = static_cast<std::int64_t>((bytes.size() - begin) / sizeof(float));
  if (stored / channels / height < width) {
    throw Error(ErrorKind::kInput, "the file is cut short");
  }
  // The scale, the last word, is negative where the bytes are little-endian.
  const auto header_text = bytes.first(begin);
  const bool little_endian =
      std::find(header_text.begin(), header_text.end(), '-') != header_text.end();
  PicturePixels pixels;
  pixels.rgb = at::empty({3, height, width}, at::kByte);
  auto* out = pixels.rgb.data_ptr<std::uint8_t>();
  const std::uint8_t* in = bytes.data() + begin;
  // Rows go upwards.
  for (std::int64_t y = height; y-- > 0;) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (std::int64_t channel = 0; channel < channels; ++channel, in += sizeof(float)) {
        out[(channel * height + y) * width + x] =
            srgb_level(value_of(in, little_endian), pixels.out_of_range);
      }
    }
  }
  for (std::int64_t channel = channels; channel < 3; ++channel) {
    pixels.rgb[channel].copy_(pixels.rgb[0]);
  }
  return pixels;
}

}  // namespace rollingdepth
