#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "live/live_target.hpp"
#include "media/libav.hpp"
#include "write/rgb_to_yuv.hpp"

namespace rollingdepth::live {

enum class PixelFormat { kGray8, kGray10, kGray16, kFloat, kRgb, kYuv444 };

/// How pictures leave as plain pixels.
struct PixelLayout {
  bool is_y4m = true;  ///< With headers; else pixels alone.
  PixelFormat format = PixelFormat::kGray16;

  /// Whether it shows LivePicture::view, else depth.
  [[nodiscard]] bool shows_view() const {
    return format == PixelFormat::kRgb || format == PixelFormat::kYuv444;
  }
};

/// What the options make of a y4m target, or, where `may_be_raw`, of standard output.
/// @throws Error(kUsage) for a pixel format that there is not, or one that does not show the view;
///         for a number of bits that the layout has not.
PixelLayout pixel_layout(const TargetOptions& options, bool may_be_raw);

/// Turns pictures into bytes. Grey is LivePicture::shown, 0 for NaN; float is LivePicture::depth as
/// it is; YUV is BT.601 limited, as readers of y4m, which has no word for it, take it. Words of
/// several bytes are little-endian. Not thread-safe.
class PixelPictures {
 public:
  PixelPictures(const PixelLayout& layout, const PictureShape& shape);

  /// What comes before the first picture; empty where there is no header.
  [[nodiscard]] std::string header() const;
  /// The bytes of a picture, with its header; valid until the next call.
  /// @throws Error(kFailed) where it has another shape than was said.
  const std::vector<std::uint8_t>& bytes(const LivePicture& picture);

 private:
  void append_gray(const at::Tensor& shown);
  void append_yuv(const at::Tensor& view);

  const PixelLayout layout_;
  const PictureShape shape_;
  std::optional<RgbToYuv> to_yuv_;
  FramePtr yuv_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace rollingdepth::live
