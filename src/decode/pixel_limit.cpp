#include "decode/pixel_limit.hpp"

extern "C" {
#include <libavutil/imgutils.h>
}

#include <algorithm>
#include <limits>
#include <string>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

std::string size_text(std::int64_t width_px, std::int64_t height_px) {
  return std::to_string(width_px) + "x" + std::to_string(height_px) + " pixels";
}

}  // namespace

void require_pixels(std::int64_t width_px, std::int64_t height_px, std::int64_t max_pixels) {
  // Sides are of 32 bits in every format, so that the product cannot overflow.
  if (width_px < 1 || height_px < 1) {
    throw Error(ErrorKind::kInput, "it says it has " + size_text(width_px, height_px));
  }
  if (width_px <= max_pixels / height_px) return;
  throw Error(ErrorKind::kInput, "it says it has " + size_text(width_px, height_px) +
                                     ", more than the " + std::to_string(max_pixels) +
                                     " in all that --max-pixels allows");
}

void require_pixels_for_libav(std::int64_t width_px, std::int64_t height_px,
                              std::int64_t max_pixels) {
  require_pixels(width_px, height_px, max_pixels);
  constexpr std::int64_t kLargestSide = std::numeric_limits<int>::max();
  const bool sides_fit = width_px <= kLargestSide && height_px <= kLargestSide;
  if (sides_fit &&
      av_image_check_size2(static_cast<unsigned>(width_px), static_cast<unsigned>(height_px),
                           std::numeric_limits<std::int64_t>::max(), AV_PIX_FMT_NONE,
                           /*log_offset=*/0, /*log_ctx=*/nullptr) >= 0) {
    return;
  }
  throw Error(ErrorKind::kInput,
              size_text(width_px, height_px) + " are more than FFmpeg decodes (some 16000x16000)");
}

std::int64_t padded_pixels(std::int64_t max_pixels) {
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  return std::min(max_pixels, kMost) + std::min(max_pixels, kMost) / 8 + (1 << 20);
}

}  // namespace rollingdepth
