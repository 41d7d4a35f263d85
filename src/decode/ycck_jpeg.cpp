#include "decode/ycck_jpeg.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "rollingdepth/error.hpp"

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

bool take_ycck(std::span<std::uint8_t> jpeg) {
  constexpr std::uint8_t kYcck = 2, kNothingToDo = 1;
  for (std::size_t at = 2; at + 5 <= jpeg.size() && jpeg[at] == 0xff;) {
    const std::uint8_t marker = jpeg[at + 1];
    if (marker == 0xff) {  // Padding.
      ++at;
      continue;
    }
    if (marker == 0xda) return false;
    const std::size_t length = jpeg[at + 2] * std::size_t{256} + jpeg[at + 3];
    const auto content = jpeg.subspan(at + 4);
    if (marker == 0xee && content.size() > kTransform && length >= kTransform + 3 &&
        std::equal(kAdobe.begin(), kAdobe.end(), content.begin()) && content[kTransform] == kYcck) {
      content[kTransform] = kNothingToDo;
      return true;
    }
    at += 2 + length;
  }
  return false;
}

at::Tensor rgb_of_ycck(const AVFrame& frame) {
  if (frame.format != AV_PIX_FMT_YUVA444P) {
    throw Error(ErrorKind::kInput,
                "a JPEG picture that is marked as YCCK and has other components");
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
      const auto inks = inverted_inks(row[0][x], row[1][x], row[2][x]);
      for (std::size_t channel = 0; channel < inks.size(); ++channel) {
        const int light = inks[channel] * row[3][x];
        out[static_cast<std::int64_t>(channel) * plane] =
            static_cast<std::uint8_t>((light + 127) / 255);
      }
    }
  }
  return rgb;
}

}  // namespace rollingdepth
