#include "sound/sound_decoder.hpp"

#include <new>
#include <string>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};
// More errors in a row than any decoder has packets inside.
constexpr int kMaxErrorsInARow = 64;

}  // namespace

SoundDecoder::SoundDecoder(const AVStream& input)
    : frame_(av_frame_alloc()), packet_(av_packet_alloc()) {
  if (!frame_ || !packet_) throw std::bad_alloc();
  const AVCodec* codec = avcodec_find_decoder(input.codecpar->codec_id);
  if (codec == nullptr) {
    throw Error(ErrorKind::kInput, "this FFmpeg has no decoder for it");
  }
  decoder_.reset(avcodec_alloc_context3(codec));
  if (!decoder_) throw std::bad_alloc();
  int code = avcodec_parameters_to_context(decoder_.get(), input.codecpar);
  decoder_->pkt_timebase = kMicroseconds;
  decoder_->thread_count = 1;
  if (code >= 0) code = avcodec_open2(decoder_.get(), codec, nullptr);
  if (code < 0) throw Error(ErrorKind::kInput, libav_error_text(code));
}

void SoundDecoder::decode(const SoundPacket& sound, const std::function<void(AVFrame&)>& take) {
  if (av_packet_ref(packet_.get(), sound.packet.get()) < 0) throw std::bad_alloc();
  packet_->pts = packet_->dts = sound.begin_us;
  packet_->duration = sound.length_us;
  const int code = avcodec_send_packet(decoder_.get(), packet_.get());
  av_packet_unref(packet_.get());
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (code < 0) ++damaged_packets_;
  receive(take);
}

void SoundDecoder::finish(const std::function<void(AVFrame&)>& take) {
  avcodec_send_packet(decoder_.get(), nullptr);
  receive(take);
}

void SoundDecoder::receive(const std::function<void(AVFrame&)>& take) {
  for (int errors = 0; errors < kMaxErrorsInARow;) {
    const int code = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (code < 0) {
      ++damaged_packets_;
      ++errors;
      continue;
    }
    errors = 0;
    if (frame_->sample_rate > 0 && frame_->nb_samples > 0) {
      ++frames_;
      take(*frame_);
    }
    av_frame_unref(frame_.get());
  }
}

}  // namespace rollingdepth
