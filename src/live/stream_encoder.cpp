#include "live/stream_encoder.hpp"

#include <new>

namespace rollingdepth::live {
namespace {

AVRational to_av(const Rational& value) {
  AVRational reduced{};
  constexpr std::int64_t kLargest = 1'000'000;  // libx264 multiplies such numbers.
  av_reduce(&reduced.num, &reduced.den, value.num, value.den, kLargest);
  return reduced;
}

}  // namespace

StreamEncoder::StreamEncoder(const EncoderSettings& settings, FrameSize view,
                             const Rational& frame_rate, const std::string& doing)
    : codec_(open_video_codec(settings, to_av(known_rate(frame_rate)), {1, kTicksASecond}, doing)),
      to_yuv_(view, {.pixels = settings.pixel_format}),
      yuv_(allocate_picture(settings.pixel_format, settings.width_px, settings.height_px)),
      packet_(av_packet_alloc()) {
  if (!packet_) throw std::bad_alloc();
}

int StreamEncoder::encode(const LivePicture& picture, const std::function<int(AVPacket&)>& take) {
  is_fresh_ = false;
  const LiveTimes::Picture time = times_.next(picture.frame.time_us);
  // The encoder may still hold the buffers of the picture before.
  if (av_frame_make_writable(yuv_.get()) < 0) throw std::bad_alloc();
  to_yuv_.convert(picture.view, *yuv_);
  yuv_->pts = time.ticks;
  yuv_->pict_type = time.is_key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  int code = avcodec_send_frame(codec_.get(), yuv_.get());
  while (code >= 0) {
    code = avcodec_receive_packet(codec_.get(), packet_.get());
    if (code == AVERROR(EAGAIN)) return 0;
    if (code < 0) break;
    packet_->dts = packet_->pts;  // Nothing is reordered; x265 does not know that at first.
    packet_->duration = av_rescale_q(1, av_inv_q(codec_->framerate), codec_->time_base);
    code = take(*packet_);
    av_packet_unref(packet_.get());
  }
  return code;
}

}  // namespace rollingdepth::live
