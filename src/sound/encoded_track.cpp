#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "rollingdepth/error.hpp"
#include "sound/sample_stream.hpp"
#include "sound/sound_decoder.hpp"
#include "sound/sound_track.hpp"

namespace rollingdepth {
namespace {

// Of each channel: nothing is heard of what is lost.
constexpr std::int64_t kBitsPerSecond = 96'000;
constexpr int kUsualRate = 48'000;
// ISO 14496-3, table 1.18.
constexpr auto kAacRates = std::to_array(
    {96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350});

int rate_for(int rate) {
  for (const int known : kAacRates) {
    if (known == rate) return rate;
  }
  return kUsualRate;
}

// Null where AAC does not take these channels.
DecoderPtr open_encoder(const AVCodec* codec, const AVStream& input,
                        const AVChannelLayout& layout) {
  DecoderPtr encoder(avcodec_alloc_context3(codec));
  if (!encoder) throw std::bad_alloc();
  encoder->sample_rate = rate_for(input.codecpar->sample_rate);
  encoder->sample_fmt = AV_SAMPLE_FMT_FLTP;
  encoder->time_base = {1, encoder->sample_rate};
  encoder->bit_rate = kBitsPerSecond * layout.nb_channels;
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  if (av_channel_layout_copy(&encoder->ch_layout, &layout) < 0) throw std::bad_alloc();
  return avcodec_open2(encoder.get(), codec, nullptr) >= 0 ? std::move(encoder) : nullptr;
}

class EncodedTrack final : public SoundTrack {
 public:
  EncodedTrack(const AVStream& input, std::int64_t length_us)
      : input_(input),
        length_us_(length_us),
        decoder_(input),
        frame_(av_frame_alloc()),
        packet_(av_packet_alloc()) {
    if (!frame_ || !packet_) throw std::bad_alloc();
  }

  void begin(AVFormatContext& muxer, TakePacket take) override {
    take_ = std::move(take);
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    if (codec == nullptr) throw Error(ErrorKind::kInput, "this FFmpeg has no encoder for AAC");
    AVChannelLayout layout = input_.codecpar->ch_layout;  // Borrowed.
    if (layout.order == AV_CHANNEL_ORDER_UNSPEC) {
      av_channel_layout_default(&layout, layout.nb_channels);
    }
    encoder_ = open_encoder(codec, input_, layout);
    if (!encoder_) {
      AVChannelLayout stereo = {};
      av_channel_layout_default(&stereo, 2);
      encoder_ = open_encoder(codec, input_, stereo);
    }
    if (!encoder_) throw Error(ErrorKind::kInput, "the encoder for AAC does not take it");
    samples_.emplace(*encoder_, length_us_);
    output_ = avformat_new_stream(&muxer, nullptr);
    if (output_ == nullptr ||
        avcodec_parameters_from_context(output_->codecpar, encoder_.get()) < 0) {
      throw std::bad_alloc();
    }
    output_->time_base = encoder_->time_base;
    copy_description(input_, *output_);
  }

  void write(const SoundPacket& packet) override {
    decoder_.decode(packet, [this](AVFrame& frame) { add(frame); });
    encode();
  }

  void finish() override {
    decoder_.finish([this](AVFrame& frame) { add(frame); });
    samples_->finish();
    encode();
    avcodec_send_frame(encoder_.get(), nullptr);
    receive();
  }

 private:
  void add(const AVFrame& frame) {
    try {
      samples_->add(frame);
    } catch (const Error&) {
      // Channels in mid-stream that fit nowhere: silence.
    }
  }

  void encode() {
    while (samples_->take(*frame_, encoder_->frame_size)) {
      const int code = avcodec_send_frame(encoder_.get(), frame_.get());
      if (code < 0) {
        throw Error(ErrorKind::kOutput, "cannot make AAC of sound: " + libav_error_text(code));
      }
      receive();
    }
  }

  void receive() {
    while (avcodec_receive_packet(encoder_.get(), packet_.get()) >= 0) {
      packet_->stream_index = output_->index;
      av_packet_rescale_ts(packet_.get(), encoder_->time_base, output_->time_base);
      take_(*packet_);
      av_packet_unref(packet_.get());
    }
  }

  const AVStream& input_;
  std::int64_t length_us_;
  SoundDecoder decoder_;
  DecoderPtr encoder_;
  std::optional<SampleStream> samples_;
  FramePtr frame_;
  PacketPtr packet_;
  AVStream* output_ = nullptr;
  TakePacket take_;
};

}  // namespace

std::unique_ptr<SoundTrack> make_encoded_track(const AVStream& input, std::int64_t length_us) {
  return std::make_unique<EncodedTrack>(input, length_us);
}

}  // namespace rollingdepth
