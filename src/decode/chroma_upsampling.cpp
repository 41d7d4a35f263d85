#include "decode/chroma_upsampling.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace rollingdepth {
namespace {

/// The same samples with colours of full size; nothing where they are, or other ratios than 2.
std::optional<AVPixelFormat> full_format(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUVJ444P;
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUV422P:
    case AV_PIX_FMT_YUV440P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVA420P:
    case AV_PIX_FMT_YUVA422P:
      return AV_PIX_FMT_YUVA444P;
    default:
      return std::nullopt;
  }
}

/// Rows of one plane.
struct Plane {
  std::uint8_t* bytes;
  std::ptrdiff_t stride;
  int width;
  int height;
  [[nodiscard]] std::uint8_t* row(int y) const { return bytes + y * stride; }
};

// Three parts of the nearer of two samples, one of the other, in each direction that is halved.
// Halves are rounded up and down in turn, so that no brightness is added.
void upsample(const Plane& half, const Plane& full) {
  const bool across = half.width < full.width, down = half.height < full.height;
  const int unit = (across ? 4 : 1) * (down ? 4 : 1);
  std::vector<int> sums(static_cast<std::size_t>(half.width));
  for (int y = 0; y < full.height; ++y) {
    const int near_row = down ? y / 2 : y;
    const int far_row = std::clamp(near_row + (y % 2 == 0 ? -1 : 1), 0, half.height - 1);
    for (int x = 0; x < half.width; ++x) {
      const int near = half.row(near_row)[x];
      sums[static_cast<std::size_t>(x)] = down ? 3 * near + half.row(far_row)[x] : near;
    }
    std::uint8_t* out = full.row(y);
    for (int x = 0; x < full.width; ++x) {
      const int near = across ? x / 2 : x;
      const int far = std::clamp(near + (x % 2 == 0 ? -1 : 1), 0, half.width - 1);
      const int sum =
          across ? 3 * sums[static_cast<std::size_t>(near)] + sums[static_cast<std::size_t>(far)]
                 : sums[static_cast<std::size_t>(near)];
      const bool even = across ? x % 2 == 0 : y % 2 == 0;
      // The JPEG library rounds the first of a pair up in both directions, down in one.
      const int bias = across && down ? (even ? 8 : 7) : (even ? 1 : 2);
      out[x] = static_cast<std::uint8_t>((sum + bias) / unit);
    }
  }
}

void copy_plane(const Plane& from, const Plane& to) {
  for (int y = 0; y < to.height; ++y) {
    std::memcpy(to.row(y), from.row(y), static_cast<std::size_t>(to.width));
  }
}

Plane plane_of(const AVFrame& frame, int index, int width, int height) {
  return {frame.data[index], frame.linesize[index], width, height};
}

}  // namespace

FramePtr with_full_chroma(FramePtr frame) {
  const auto format = full_format(frame->format);
  if (!format) return frame;
  FramePtr full(av_frame_alloc());
  if (!full) throw std::bad_alloc();
  full->format = *format;
  full->width = frame->width;
  full->height = frame->height;
  if (av_frame_get_buffer(full.get(), /*align=*/0) < 0) throw std::bad_alloc();
  av_frame_copy_props(full.get(), frame.get());
  int across = 0, down = 0;
  av_pix_fmt_get_chroma_sub_sample(static_cast<AVPixelFormat>(frame->format), &across, &down);
  const int width = frame->width, height = frame->height;
  for (int plane = 0; plane < 4 && full->data[plane] != nullptr; ++plane) {
    const Plane to = plane_of(*full, plane, width, height);
    if (plane == 1 || plane == 2) {
      upsample(plane_of(*frame, plane, AV_CEIL_RSHIFT(width, across), AV_CEIL_RSHIFT(height, down)),
               to);
    } else {
      copy_plane(plane_of(*frame, plane, width, height), to);
    }
  }
  return full;
}

}  // namespace rollingdepth
