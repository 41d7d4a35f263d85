#pragma once

#include <cstdint>
#include <string>

#include "media/libav.hpp"

namespace rollingdepth {

/// libav's PNG encoder, for pictures of one size and kind. Not thread-safe.
class PngEncoder {
 public:
  /// @param format AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY16BE or AV_PIX_FMT_RGB24.
  /// @throws Error(kOutput) where libav lacks it, Error(kFailed) for sizes that it does not take.
  PngEncoder(std::int64_t width_px, std::int64_t height_px, AVPixelFormat format);

  /// The picture to fill before encode(); its content is undefined.
  [[nodiscard]] AVFrame& picture();
  /// @return the bytes of a file.
  std::string encode();

 private:
  DecoderPtr encoder_;  // Any codec's context.
  FramePtr frame_;
  PacketPtr packet_;
  std::int64_t pictures_ = 0;
};

}  // namespace rollingdepth
