#include "decode/video_stream.hpp"

#include <algorithm>
#include <string_view>

#include "base/allowed_cpus.hpp"
#include "decode/pixel_limit.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

bool is_real_video(const AVStream& stream) {
  constexpr int kStill = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS;
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (stream.disposition & kStill) == 0;
}

// The display matrix of a stream, or null.
const std::int32_t* display_matrix_of(const AVStream& stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData* side_data =
      av_packet_side_data_get(stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data,
                              AV_PKT_DATA_DISPLAYMATRIX);
  const std::size_t bytes = side_data != nullptr ? side_data->size : 0;
  const std::uint8_t* matrix = side_data != nullptr ? side_data->data : nullptr;
#else
  std::size_t bytes = 0;
  const std::uint8_t* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
#endif
  return bytes >= 9 * sizeof(std::int32_t) ? reinterpret_cast<const std::int32_t*>(matrix)
                                           : nullptr;
}

// Of libavcodec: 0 takes as many as there are processors, up to 16. It knows of no quota, and every
// thread holds frames.
int decoder_threads(int asked) {
  constexpr int kMost = 16;  // With more, libavcodec gains nothing.
  if (asked > 0) return std::min(asked, kMost);
  const AllowedCpus cpus = allowed_cpus();
  return cpus.threads() < cpus.cores ? std::min(cpus.threads(), kMost) : 0;
}

void set_delay(AVCodecContext& decoder, DecoderDelay delay) {
  decoder.thread_type = FF_THREAD_SLICE;
  if (delay == DecoderDelay::kThreads) decoder.thread_type |= FF_THREAD_FRAME;
  if (delay == DecoderDelay::kLowest) decoder.flags |= AV_CODEC_FLAG_LOW_DELAY;
}

}  // namespace

AVStream* find_video_stream(AVFormatContext& format) {
  const int best = av_find_best_stream(&format, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best >= 0 && is_real_video(*format.streams[best])) return format.streams[best];
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    if (is_real_video(*format.streams[i])) return format.streams[i];
  }
  return nullptr;
}

DecoderPtr open_decoder(const AVStream& stream, const std::string& name, std::int64_t max_pixels,
                        DecoderDelay delay, int threads) {
  const AVCodecID id = stream.codecpar->codec_id;
  const AVCodec* codec = avcodec_find_decoder(id);
  if (codec == nullptr) {
    throw Error(ErrorKind::kInput, "cannot decode " + name + ": this FFmpeg has no decoder for " +
                                       std::string(avcodec_get_name(id)));
  }
  DecoderPtr decoder(avcodec_alloc_context3(codec));
  if (!decoder) throw std::bad_alloc();
  int code = avcodec_parameters_to_context(decoder.get(), stream.codecpar);
  decoder->pkt_timebase = stream.time_base;
  decoder->thread_count = decoder_threads(threads);
  set_delay(*decoder, delay);
  decoder->max_pixels = padded_pixels(max_pixels);  // A stream may claim more once it is under way.
  if (stream.codecpar->width != 0) {
    with_context(ErrorKind::kInput, "cannot decode " + name, [&] {
      require_pixels_for_libav(stream.codecpar->width, stream.codecpar->height, max_pixels);
    });
  }
  if (code >= 0) code = avcodec_open2(decoder.get(), codec, nullptr);
  if (code < 0) {
    throw Error(ErrorKind::kInput, "cannot decode " + name + ": " + std::string(codec->name) +
                                       ": " + libav_error_text(code));
  }
  return decoder;
}

std::optional<Orientation> orientation_of(const AVStream& stream) {
  const std::int32_t* matrix = display_matrix_of(stream);
  return matrix != nullptr ? orientation_of(matrix) : Orientation{};
}

bool has_jumping_clock(const AVFormatContext& format) {
  const std::string_view name = format.iformat->name;
  return name == "mpegts" || name == "mpeg";
}

}  // namespace rollingdepth
