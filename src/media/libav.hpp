#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

namespace rollingdepth {

/// Frees a libav object, whether its function takes the pointer or the pointer's address.
template <auto Free>
struct AvDeleter {
  template <class T>
  void operator()(T* object) const noexcept {
    if constexpr (std::is_invocable_v<decltype(Free), T**>) {
      Free(&object);
    } else {
      Free(object);
    }
  }
};
using InputFormatPtr = std::unique_ptr<AVFormatContext, AvDeleter<&avformat_close_input>>;
using DecoderPtr = std::unique_ptr<AVCodecContext, AvDeleter<&avcodec_free_context>>;
using PacketPtr = std::unique_ptr<AVPacket, AvDeleter<&av_packet_free>>;
using FramePtr = std::unique_ptr<AVFrame, AvDeleter<&av_frame_free>>;
using ScalerPtr = std::unique_ptr<SwsContext, AvDeleter<&sws_freeContext>>;

/// The number in an enum that libav fills from a file as it is, where it may be one that the enum
/// does not name: C++ does not define what reading that as an enum gives.
template <class Enum>
int libav_number(const Enum& value) {
  static_assert(std::is_enum_v<Enum> && sizeof(Enum) == sizeof(int));
  int number = 0;
  std::memcpy(&number, &value, sizeof number);
  return number;
}

/// libav's words for one of its error codes.
inline std::string libav_error_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

}  // namespace rollingdepth
