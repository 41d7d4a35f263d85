#include "write/encoder.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>
#include <new>

#include "rollingdepth/error.hpp"

extern "C" {
#include <libavutil/opt.h>
}

namespace rollingdepth {
namespace {

// An encoder's pictures may depend on the number of its threads: a fixed one keeps files
// reproducible.
constexpr int kEncoderThreads = 4;

AVRational to_av(const Rational& value) {
  AVRational reduced{};
  av_reduce(&reduced.num, &reduced.den, value.num, value.den, std::numeric_limits<int>::max());
  return reduced;
}

std::string size_text(int width_px, int height_px) {
  return std::to_string(width_px) + "×" + std::to_string(height_px);
}

// Whether the same encoder opens for small pictures at an ordinary rate: what it does not take is
// then the size or the rate.
bool opens_otherwise(const AVCodec* codec, const AVCodecContext& refused, int width_px,
                     int height_px, AVRational rate, const EncoderSettings& settings) {
  const std::unique_ptr<AVCodecContext, AvDeleter<&avcodec_free_context>> other(
      avcodec_alloc_context3(codec));
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

}  // namespace

VideoOptions timing_of(const DepthClipInfo& clip, const std::optional<Rational>& fps) {
  VideoOptions options;
  options.frame_rate = fps.value_or(clip.frame_rate);
  options.time_base = clip.time_base;
  options.keep_times = !fps;
  return options;
}

VideoOptions video_options(const DepthClipInfo& clip, const std::optional<Rational>& fps,
                           const std::shared_ptr<ClipSound>& sound) {
  VideoOptions options = timing_of(clip, fps);
  if (sound) options.sound = sound->feed(clip.clock);
  return options;
}

void Encoder::MuxerDeleter::operator()(AVFormatContext* muxer) const noexcept {
  // A file has a protocol behind it; memory has not, and is freed as it was made.
  if (muxer->pb != nullptr && (muxer->flags & AVFMT_FLAG_CUSTOM_IO) != 0) {
    std::uint8_t* bytes = nullptr;
    avio_close_dyn_buf(muxer->pb, &bytes);
    av_free(bytes);
  } else {
    avio_closep(&muxer->pb);
  }
  avformat_free_context(muxer);
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

Encoder::Encoder(const std::filesystem::path& file, const EncoderSettings& settings,
                 const VideoOptions& options, Destination destination)
    : file_(file), options_(options) {
  if (destination == Destination::kFile) partial_.emplace(file);
  // libavformat's and swscale's remarks reach the user as errors or not at all.
  static std::once_flag silenced;
  std::call_once(silenced, [] { av_log_set_level(AV_LOG_QUIET); });
  if (settings.width_px < 1 || settings.height_px < 1 || !options.frame_rate.positive() ||
      (options.keep_times && !options.time_base.positive())) {
    throw Error(ErrorKind::kFailed,
                "cannot write " + file.string() + ": the size or frame rate is not known");
  }
  open_encoder(settings);
  open_muxer(settings);
  picture_ = allocate_picture(settings.pixel_format, settings.width_px, settings.height_px);
  packet_.reset(av_packet_alloc());
  if (!packet_) fail("out of memory");
}

void Encoder::fail(const std::string& why, Retry retry) const {
  throw Error(ErrorKind::kOutput, "cannot write " + file_.string() + ": " + why, retry);
}

void Encoder::check(int code) const {
  if (code < 0) fail(libav_error_text(code), retry_after(AVUNERROR(code)));
}

void Encoder::open_encoder(const EncoderSettings& settings) {
  const AVCodec* codec = avcodec_find_encoder_by_name(settings.codec.c_str());
  if (codec == nullptr) fail("the FFmpeg libraries have no encoder " + settings.codec);
  encoder_.reset(avcodec_alloc_context3(codec));
  if (!encoder_) fail("out of memory");
  encoder_->width = settings.width_px;
  encoder_->height = settings.height_px;
  encoder_->pix_fmt = settings.pixel_format;
  encoder_->color_range = settings.range;
  encoder_->colorspace = AVCOL_SPC_BT709;
  encoder_->color_primaries = AVCOL_PRI_BT709;
  encoder_->color_trc = AVCOL_TRC_BT709;
  encoder_->chroma_sample_location = AVCHROMA_LOC_LEFT;
  encoder_->sample_aspect_ratio = {1, 1};
  encoder_->codec_tag = settings.codec_tag;
  encoder_->framerate = to_av(options_.frame_rate);
  // Where frames are counted, one tick is one frame, so that no time is ever rounded.
  encoder_->time_base =
      options_.keep_times ? to_av(options_.time_base) : av_inv_q(encoder_->framerate);
  encoder_->thread_count = kEncoderThreads;
  encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  for (const auto& [name, value] : settings.codec_options) {
    check(av_opt_set(encoder_.get(), name.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN));
  }
  const int code = avcodec_open2(encoder_.get(), codec, nullptr);
  if (code < 0) {
    throw_refusal("cannot write " + file_.string() + ": ", codec, *encoder_, code, settings);
  }
}

void Encoder::open_muxer(const EncoderSettings& settings) {
  if (av_guess_format(settings.container.c_str(), nullptr, nullptr) == nullptr) {
    fail("the FFmpeg libraries cannot write " + settings.container);
  }
  // "file:" keeps libav from taking "a:b.mp4" for a protocol; the name tells no format.
  const std::string url = partial_ ? "file:" + partial_->path().string() : "";
  AVFormatContext* muxer = nullptr;
  check(avformat_alloc_output_context2(&muxer, nullptr, settings.container.c_str(), url.c_str()));
  muxer_.reset(muxer);
  muxer_->flags |= AVFMT_FLAG_BITEXACT;  // No program version or date in the file.
  for (const auto& [name, value] : settings.tags) {
    check(av_dict_set(&muxer_->metadata, name.c_str(), value.c_str(), 0));
  }
  stream_ = avformat_new_stream(muxer, nullptr);
  if (stream_ == nullptr) fail("out of memory");
  check(avcodec_parameters_from_context(stream_->codecpar, encoder_.get()));
  stream_->time_base = encoder_->time_base;
  stream_->avg_frame_rate = encoder_->framerate;
  stream_->sample_aspect_ratio = encoder_->sample_aspect_ratio;
  begin_sound();
  if (partial_) {
    check(avio_open(&muxer_->pb, url.c_str(), AVIO_FLAG_WRITE));
  } else {
    muxer_->flags |= AVFMT_FLAG_CUSTOM_IO;
    check(avio_open_dyn_buf(&muxer_->pb));
  }
  for (const auto& [name, value] : settings.container_options) {
    check(av_opt_set(muxer_->priv_data, name.c_str(), value.c_str(), 0));
  }
  check(avformat_write_header(muxer_.get(), nullptr));
}

void Encoder::begin_sound() {
  if (!options_.sound) return;
  options_.sound->begin(*muxer_, [this](AVPacket& packet) {
    check(av_interleaved_write_frame(muxer_.get(), &packet));
  });
}

AVFrame& Encoder::picture() {
  // The encoder may still hold the buffers of the picture before.
  check(av_frame_make_writable(picture_.get()));
  return *picture_;
}

void Encoder::send(std::int64_t pts) {
  picture_->pts = next_time(pts);
  ++sent_;
  check(avcodec_send_frame(encoder_.get(), picture_.get()));
  write_packets();
}

void Encoder::finish() {
  check(avcodec_send_frame(encoder_.get(), nullptr));
  write_packets();
  if (options_.sound) options_.sound->finish();
  check(av_write_trailer(muxer_.get()));
  check(muxer_->pb->error);
  check(avio_closep(&muxer_->pb));
  partial_->finish();
}

// Times start at 0 and strictly increase, as an MP4 file demands.
std::int64_t Encoder::next_time(std::int64_t pts) {
  if (!first_pts_) first_pts_ = pts;
  ++last_time_;
  if (options_.keep_times) last_time_ = std::max(last_time_, pts - *first_pts_);
  return last_time_;
}

void Encoder::write_packets() {
  while (true) {
    const int code = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    check(code);
    // x265 takes the distance of the two times from its third frame, and until then from nowhere.
    constexpr std::int64_t kFramesWithoutOrder = 2;
    if (sent_ <= kFramesWithoutOrder && std::strcmp(encoder_->codec->name, "libx265") == 0) {
      packet_->dts = packet_->pts;
    }
    // Counts for the last frame only: all others last until the next one.
    packet_->duration = std::max<std::int64_t>(
        1, av_rescale_q(1, av_inv_q(encoder_->framerate), encoder_->time_base));
    packet_->stream_index = stream_->index;
    // Sound comes in step, so that the file streams well and little waits in memory.
    if (options_.sound) {
      constexpr AVRational kMicroseconds{1, 1'000'000};
      options_.sound->write_until(av_rescale_q(packet_->dts, encoder_->time_base, kMicroseconds));
    }
    av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
    check(av_interleaved_write_frame(muxer_.get(), packet_.get()));
  }
}

}  // namespace rollingdepth
