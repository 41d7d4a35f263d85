#include "decode/picture_pixels.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "decode/chroma_upsampling.hpp"
#include "decode/color_conversion.hpp"
#include "decode/ycck_jpeg.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

bool has(const AVPixFmtDescriptor& format, std::uint64_t flag) {
  return (format.flags & flag) != 0;
}

/// Reads rows of one channel, whatever the pixel format and the order of its bytes.
class ChannelRows {
 public:
  ChannelRows(const AVFrame& frame, const AVPixFmtDescriptor& format)
      : frame_(frame), format_(format), row_(static_cast<std::size_t>(frame.width)) {}

  /// The stored bits of each pixel; valid until the next call.
  const std::vector<std::uint32_t>& read(int channel, int y) {
    const std::array<const std::uint8_t*, 4> planes = {frame_.data[0], frame_.data[1],
                                                       frame_.data[2], frame_.data[3]};
    av_read_image_line2(row_.data(), const_cast<const std::uint8_t**>(planes.data()),
                        frame_.linesize, &format_, 0, y, channel, frame_.width,
                        /*read_pal_component=*/0, sizeof(std::uint32_t));
    return row_;
  }

 private:
  const AVFrame& frame_;
  const AVPixFmtDescriptor& format_;
  std::vector<std::uint32_t> row_;
};

/// Bits of a sample to 8: deeper ones lose their lower bits, as OpenCV and libpng have it.
std::uint8_t eight_bits(std::uint32_t value, int depth) {
  if (depth >= 8) return static_cast<std::uint8_t>(value >> (depth - 8));
  const std::uint32_t largest = (1u << depth) - 1;
  return static_cast<std::uint8_t>((value * 255 + largest / 2) / largest);
}

std::uint8_t* row_of(at::Tensor& rgb, std::int64_t channel, std::int64_t y) {
  return rgb.data_ptr<std::uint8_t>() + (channel * rgb.size(1) + y) * rgb.size(2);
}

// Where each of red, green and blue is stored; grey is spread.
int stored_channel(const AVPixFmtDescriptor& format, int channel) {
  return format.nb_components >= 3 ? channel : 0;
}

void read_samples(const AVFrame& frame, const AVPixFmtDescriptor& format, PicturePixels& pixels) {
  const bool is_float = has(format, AV_PIX_FMT_FLAG_FLOAT);
  const bool white_is_zero = frame.format == AV_PIX_FMT_MONOWHITE;
  ChannelRows rows(frame, format);
  const int channels = format.nb_components >= 3 ? 3 : 1;
  for (int channel = 0; channel < channels; ++channel) {
    const int depth = format.comp[stored_channel(format, channel)].depth;
    for (int y = 0; y < frame.height; ++y) {
      std::uint8_t* out = row_of(pixels.rgb, channel, y);
      for (const std::uint32_t value : rows.read(stored_channel(format, channel), y)) {
        const std::uint8_t level =
            is_float ? srgb_level(std::bit_cast<float>(value), pixels.out_of_range)
                     : eight_bits(value, depth);
        *out++ = white_is_zero ? static_cast<std::uint8_t>(255 - level) : level;
      }
    }
  }
  for (int channel = channels; channel < 3; ++channel) pixels.rgb[channel].copy_(pixels.rgb[0]);
}

bool has_transparency(const AVFrame& frame, const AVPixFmtDescriptor& format) {
  if (!has(format, AV_PIX_FMT_FLAG_ALPHA)) return false;
  const int channel = format.nb_components - 1;
  const int depth = format.comp[channel].depth;
  const bool is_float = has(format, AV_PIX_FMT_FLAG_FLOAT);
  const auto full = static_cast<std::uint32_t>((std::uint64_t{1} << depth) - 1);
  ChannelRows rows(frame, format);
  for (int y = 0; y < frame.height; ++y) {
    for (const std::uint32_t value : rows.read(channel, y)) {
      if (is_float ? std::bit_cast<float>(value) < 1 : value < full) return true;
    }
  }
  return false;
}

// Entries are 0xAARRGGBB.
void read_palette(const AVFrame& frame, PicturePixels& pixels) {
  const auto* entries = reinterpret_cast<const std::uint32_t*>(frame.data[1]);
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t* indices = frame.data[0] + std::ptrdiff_t{y} * frame.linesize[0];
    for (int channel = 0; channel < 3; ++channel) {
      std::uint8_t* out = row_of(pixels.rgb, channel, y);
      for (int x = 0; x < frame.width; ++x) {
        out[x] = static_cast<std::uint8_t>(entries[indices[x]] >> (16 - 8 * channel));
      }
    }
    pixels.transparent =
        pixels.transparent || std::any_of(indices, indices + frame.width, [&](std::uint8_t index) {
          return entries[index] >> 24 != 255;
        });
  }
}

const AVPixFmtDescriptor& description_of(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (format != nullptr && !has(*format, AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER)) {
    return *format;
  }
  throw Error(ErrorKind::kInput, "pixel format " +
                                     std::string(format != nullptr ? format->name : "unknown") +
                                     " cannot be converted");
}

}  // namespace

PicturePixels picture_pixels(FramePtr decoded, bool ycck) {
  PicturePixels pixels;
  const FramePtr full = with_full_chroma(std::move(decoded));
  AVFrame& frame = *full;
  if (ycck) {
    pixels.rgb = rgb_of_ycck(frame);
    return pixels;
  }
  const AVPixFmtDescriptor& format = description_of(frame);
  const bool is_rgb = has(format, AV_PIX_FMT_FLAG_RGB);
  if (frame.format == AV_PIX_FMT_RGB24 || frame.format == AV_PIX_FMT_BGR24) {
    const bool red_first = frame.format == AV_PIX_FMT_RGB24;
    pixels.rgb =
        planes_from_pixels(frame.data[0], static_cast<std::size_t>(frame.linesize[0]), frame.height,
                           frame.width, red_first ? ChannelOrder::kRgb : ChannelOrder::kBgr);
    return pixels;
  }
  if (!is_rgb && format.nb_components >= 3) {
    if (frame.colorspace == AVCOL_SPC_UNSPECIFIED) frame.colorspace = AVCOL_SPC_BT470BG;
    pixels.rgb = ColorConverter(ChromaScaling::kInterpolated).to_rgb(frame);
    pixels.transparent = has_transparency(frame, format);
    return pixels;
  }
  pixels.rgb = at::empty({3, frame.height, frame.width}, at::kByte);
  if (has(format, AV_PIX_FMT_FLAG_PAL)) {
    read_palette(frame, pixels);
  } else {
    read_samples(frame, format, pixels);
    pixels.transparent = has_transparency(frame, format);
  }
  return pixels;
}

at::Tensor grey_levels(const AVFrame& frame) {
  const AVPixFmtDescriptor& format = description_of(frame);
  const bool is_palette = has(format, AV_PIX_FMT_FLAG_PAL);
  if (is_palette || format.nb_components != 1 || has(format, AV_PIX_FMT_FLAG_FLOAT)) {
    const int channels = is_palette ? 3 : format.nb_components;
    throw Error(ErrorKind::kInput, "it has " + std::to_string(channels) +
                                       " channels; depth is a grey picture of 8 or 16 bits");
  }
  at::Tensor levels = at::empty({frame.height, frame.width}, at::kInt);
  ChannelRows rows(frame, format);
  // Fewer than 8 bits are spread over them, as every reader of PNG does.
  const int depth = format.comp[0].depth;
  for (int y = 0; y < frame.height; ++y) {
    std::int32_t* out = levels.data_ptr<std::int32_t>() + std::int64_t{y} * frame.width;
    for (const std::uint32_t value : rows.read(0, y)) {
      *out++ = static_cast<std::int32_t>(depth < 8 ? eight_bits(value, depth) : value);
    }
  }
  return levels;
}

}  // namespace rollingdepth
