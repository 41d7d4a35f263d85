#include "write/encoder_memory.hpp"

#include <algorithm>

namespace rollingdepth {
namespace {

// A picture of an H.264 or H.265 output: its encoder looks some frames ahead.
constexpr PerPixel kH264{.first = 11.5, .further = 6, .full = 140};
constexpr PerPixel kH265{.first = 23, .further = 15.5, .full = 400};
// Rows and columns that these encoders add to a picture for themselves.
constexpr double kMarginPx = 64;
constexpr double kEncoderBytes = 16e6;
// FFV1 makes room for a packet that cannot be compressed.
constexpr double kFfv1BytesPerPixel = 164;

double with_margin(double width_px, double height_px) {
  return (width_px + kMarginPx) * (height_px + kMarginPx);
}

}  // namespace

double PerPixel::of(std::optional<std::int64_t> frames) const {
  if (!frames) return full;
  return std::min(full,
                  first + further * static_cast<double>(std::max<std::int64_t>(*frames - 1, 0)));
}

double color_video_memory_bytes(FrameSize size, std::optional<std::int64_t> frames) {
  const auto width = static_cast<double>(size.width_px),
             height = static_cast<double>(size.height_px);
  return with_margin(width, height) * kH264.of(frames) + kEncoderBytes;
}

double side_by_side_memory_bytes(FrameSize size, std::optional<std::int64_t> frames) {
  return color_video_memory_bytes({2 * size.width_px, size.height_px}, frames);
}

double ffv1_memory_bytes(FrameSize size, std::optional<std::int64_t> /*frames*/) {
  return static_cast<double>(size.width_px) * static_cast<double>(size.height_px) *
             kFfv1BytesPerPixel +
         kEncoderBytes;
}

double hevc_memory_bytes(FrameSize size, std::optional<std::int64_t> frames) {
  const auto width = static_cast<double>(size.width_px),
             height = static_cast<double>(size.height_px);
  return with_margin(width, height) * kH265.of(frames) + kEncoderBytes;
}

}  // namespace rollingdepth
