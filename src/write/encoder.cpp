#include "write/encoder.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "rollingdepth/error.hpp"

extern "C" {
#include <libavutil/opt.h>
}

namespace rollingdepth {
namespace {

AVRational to_av(const Rational& value) {
  AVRational reduced{};
  av_reduce(&reduced.num, &reduced.den, value.num, value.den, std::numeric_limits<int>::max());
  return reduced;
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

Encoder::Encoder(const std::filesystem::path& file, const EncoderSettings& settings,
                 const VideoOptions& options, Destination destination)
    : file_(file), options_(options) {
  if (destination == Destination::kFile) partial_.emplace(file);
  if (settings.width_px < 1 || settings.height_px < 1 || !options.frame_rate.positive() ||
      (options.keep_times && !options.time_base.positive())) {
    throw Error(ErrorKind::kFailed,
                "cannot write " + file.string() + ": the size or frame rate is not known");
  }
  const AVRational frame_rate = to_av(options.frame_rate);
  // Where frames are counted, one tick is one frame, so that no time is ever rounded.
  encoder_ = open_video_codec(settings, frame_rate,
                              options.keep_times ? to_av(options.time_base) : av_inv_q(frame_rate),
                              "cannot write " + file.string() + ": ");
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
