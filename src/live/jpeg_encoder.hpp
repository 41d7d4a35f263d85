#pragma once

#include <mutex>
#include <string>

#include "media/libav.hpp"
#include "rollingdepth/frame_size.hpp"
#include "write/rgb_to_yuv.hpp"
#include "write/video_codec.hpp"

namespace rollingdepth::live {

/// Turns views into JPEG of good quality (about 85 of 100), as every browser shows it. Thread-safe.
class JpegEncoder {
 public:
  /// @param doing begins messages. @throws Error(kOutput) where there is no encoder.
  JpegEncoder(FrameSize view, const std::string& doing);

  /// @param view [H, W, 3] uint8 on CPU, of the size given at construction. @return the file.
  /// @throws Error(kFailed) for another tensor, or where it cannot be encoded.
  std::string encode(const at::Tensor& view);

 private:
  std::mutex mutex_;
  EncoderPtr codec_;
  RgbToYuv to_yuv_;
  FramePtr yuv_;
  PacketPtr packet_;
  std::int64_t encoded_ = 0;
};

}  // namespace rollingdepth::live
