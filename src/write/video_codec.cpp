#include "write/video_codec.hpp"

#include <mutex>
#include <new>

extern "C" {
#include <libavutil/cpu.h>
#include <libavutil/opt.h>
}

namespace rollingdepth {
namespace {

std::string size_text(int width_px, int height_px) {
  return std::to_string(width_px) + "×" + std::to_string(height_px);
}

// Whether the same encoder opens for small pictures at an ordinary rate: what it does not take is
// then the size or the rate.
bool opens_otherwise(const AVCodec* codec, const AVCodecContext& refused, int width_px,
                     int height_px, AVRational rate, const EncoderSettings& settings) {
  const EncoderPtr other(avcodec_alloc_context3(codec));
  if (!other) return false;
  other->width = width_px;
  other->height = height_px;
  other->pix_fmt = refused.pix_fmt;
  other->framerate = rate;
  other->time_base = av_inv_q(rate);
  other->thread_count = refused.thread_count;
  other->flags = refused.flags;
  for (const auto& [name, value] : settings.codec_options) {
    if (av_opt_set(other.get(), name.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN) < 0) {
      return false;
    }
  }
  return avcodec_open2(other.get(), codec, nullptr) >= 0;
}

// Encoders tell no reason for their refusal. @param doing begins the message.
[[noreturn]] void throw_refusal(const std::string& doing, const AVCodec* codec,
                                const AVCodecContext& refused, int code,
                                const EncoderSettings& settings) {
  constexpr int kSmallPx = 256;
  constexpr AVRational kOrdinaryRate{25, 1};
  if (opens_otherwise(codec, refused, kSmallPx, kSmallPx, refused.framerate, settings)) {
    throw SizeRefused(doing + settings.codec + " does not take pictures of " +
                      size_text(refused.width, refused.height) + " pixels");
  }
  std::string why = settings.codec + " cannot be opened: " + libav_error_text(code);
  if (opens_otherwise(codec, refused, refused.width, refused.height, kOrdinaryRate, settings)) {
    why = settings.codec + " does not take " + std::to_string(refused.framerate.num) + "/" +
          std::to_string(refused.framerate.den) + " frames a second";
  }
  throw Error(ErrorKind::kOutput, doing + why);
}

// Whether what a decoder needs stands at the head of the container, or comes with key frames.
bool keeps_headers_apart(const std::string& container) {
  const AVOutputFormat* const format = av_guess_format(container.c_str(), nullptr, nullptr);
  return format != nullptr && (format->flags & AVFMT_GLOBALHEADER) != 0;
}

}  // namespace

EncoderPtr open_video_codec(const EncoderSettings& settings, AVRational frame_rate,
                            AVRational time_base, const std::string& doing) {
  // libavformat's and swscale's remarks reach the user as errors or not at all.
  static std::once_flag silenced;
  std::call_once(silenced, [] { av_log_set_level(AV_LOG_QUIET); });
  const AVCodec* codec = avcodec_find_encoder_by_name(settings.codec.c_str());
  if (codec == nullptr) {
    throw Error(ErrorKind::kOutput,
                doing + "the FFmpeg libraries have no encoder " + settings.codec);
  }
  EncoderPtr encoder(avcodec_alloc_context3(codec));
  if (!encoder) throw std::bad_alloc();
  encoder->width = settings.width_px;
  encoder->height = settings.height_px;
  encoder->pix_fmt = settings.pixel_format;
  encoder->color_range = settings.range;
  encoder->colorspace = AVCOL_SPC_BT709;
  encoder->color_primaries = AVCOL_PRI_BT709;
  encoder->color_trc = AVCOL_TRC_BT709;
  encoder->chroma_sample_location = AVCHROMA_LOC_LEFT;
  encoder->sample_aspect_ratio = {1, 1};
  encoder->codec_tag = settings.codec_tag;
  encoder->framerate = frame_rate;
  encoder->time_base = time_base;
  encoder->thread_count = settings.threads;
  encoder->flags |= AV_CODEC_FLAG_BITEXACT;
  if (keeps_headers_apart(settings.container)) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  for (const auto& [name, value] : settings.codec_options) {
    const int code = av_opt_set(encoder.get(), name.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN);
    if (code < 0) throw Error(ErrorKind::kOutput, doing + libav_error_text(code));
  }
  const int code = avcodec_open2(encoder.get(), codec, nullptr);
  if (code < 0) throw_refusal(doing, codec, *encoder, code, settings);
  return encoder;
}

FramePtr allocate_picture(AVPixelFormat format, int width_px, int height_px) {
  FramePtr frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  frame->format = format;
  frame->width = width_px;
  frame->height = height_px;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return frame;
}

std::string x264_parameters() {
  // x264's code for AVX-512 (seen in build 164) lets pictures of some widths depend on what memory
  // held before; all its other code writes the same file every time.
  return (av_get_cpu_flags() & AV_CPU_FLAG_AVX512) != 0 ? "asm=avx2" : "";
}

std::string x265_parameters(int width_px, int threads) {
  std::string parameters = "log-level=none:info=0:pools=" + std::to_string(threads);
  // x265 3.5 writes behind a row of its tree of blocks where that is short.
  constexpr int kNarrowPx = 128;
  if (width_px < kNarrowPx) parameters += ":cutree=0";
  return parameters;
}

}  // namespace rollingdepth
