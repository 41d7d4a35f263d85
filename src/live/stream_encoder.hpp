#pragma once

#include <functional>
#include <string>

#include "live/live_encoding.hpp"
#include "live/live_frame.hpp"
#include "write/rgb_to_yuv.hpp"
#include "write/video_codec.hpp"

namespace rollingdepth::live {

/// One video from its first key frame on: views to packets, each at once.
class StreamEncoder {
 public:
  /// @param doing begins messages. @throws Error(kOutput) where the encoder is missing or refuses.
  StreamEncoder(const EncoderSettings& settings, FrameSize view, const Rational& frame_rate,
                const std::string& doing);

  [[nodiscard]] const AVCodecContext& codec() const { return *codec_; }
  /// Whether nothing has been encoded yet.
  [[nodiscard]] bool is_fresh() const { return is_fresh_; }
  /// @param take called with every packet, in times of codec().time_base. @return libav's code, or
  ///        the first negative one that `take` returns.
  int encode(const LivePicture& picture, const std::function<int(AVPacket&)>& take);

 private:
  EncoderPtr codec_;
  RgbToYuv to_yuv_;
  LiveTimes times_;
  FramePtr yuv_;
  PacketPtr packet_;
  bool is_fresh_ = true;
};

}  // namespace rollingdepth::live
