#include "cmyk_jpeg.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "rollingdepth/base/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::string_view kAdobe = "Adobe";
constexpr std::size_t kTransform = 11;  // Of the mark's bytes, the last.

std::uint8_t level(double value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

// Cyan, magenta and yellow, inverted, of YCbCr.
std::array<std::uint8_t, 3> inverted_inks(double y, double cb, double cr) {
  return {level(255 - (y + 1.402 * (cr - 128))),
          level(255 - (y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128))),
          level(255 - (y + 1.772 * (cb - 128)))};
}

}  // namespace

std::optional<JpegInks> take_jpeg_inks(std::span<std::uint8_t> jpeg) {
  std::uint8_t* transform = nullptr;
  for (std::size_t at = 2; at + 10 <= jpeg.size() && jpeg[at] == 0xff;) {
    const std::uint8_t marker = jpeg[at + 1];
    if (marker == 0xff) {  // Padding.
      ++at;
      continue;
    }
    const std::size_t length = jpeg[at + 2] * std::size_t{256} + jpeg[at + 3];
    const auto content = jpeg.subspan(at + 4);
    if (marker == 0xee && content.size() > kTransform && length >= kTransform + 3 &&
        std::equal(kAdobe.begin(), kAdobe.end(), content.begin())) {
      transform = &content[kTransform];
    }
    const bool is_frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame) {
      constexpr std::size_t kComponents = 9;
      if (jpeg[at + kComponents] != 4) return std::nullopt;
      const bool is_ycck = transform != nullptr && *transform == 2;
      if (transform != nullptr) *transform = 1;  // Means nothing for four components.
      return is_ycck ? JpegInks::kYcck : JpegInks::kCmyk;
    }
    if (marker == 0xda) return std::nullopt;
    at += 2 + length;
  }
  return std::nullopt;
}

at::Tensor rgb_of_inks(const AVFrame& frame, JpegInks inks) {
  if (frame.format != AV_PIX_FMT_YUVA444P) {
    throw Error(ErrorKind::kInput, "JPEG pictures with its four components are not read");
  }
  at::Tensor rgb = at::empty({3, frame.height, frame.width}, at::kByte);
  auto* out = rgb.data_ptr<std::uint8_t>();
  const std::int64_t plane = std::int64_t{frame.height} * frame.width;
  for (int y = 0; y < frame.height; ++y) {
    std::array<const std::uint8_t*, 4> row{};
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = frame.data[i] + std::ptrdiff_t{y} * frame.linesize[i];
    }
    for (int x = 0; x < frame.width; ++x, ++out) {
      std::array<std::uint8_t, 3> ink = {row[0][x], row[1][x], row[2][x]};
      if (inks == JpegInks::kYcck) ink = inverted_inks(ink[0], ink[1], ink[2]);
      for (int channel = 0; channel < 3; ++channel) {
        const int light = ink[static_cast<std::size_t>(channel)] * row[3][x];
        out[channel * plane] = static_cast<std::uint8_t>((light + 127) / 255);
      }
    }
  }
  return rgb;
}

}  // namespace rollingdepth
