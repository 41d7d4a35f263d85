#include <algorithm>
#include <cstdlib>
#include <new>
#include <optional>
#include <utility>

#include "rollingdepth/error.hpp"
#include "sound/sound_track.hpp"

namespace rollingdepth {
namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};
// Times in milliseconds are off by less from the samples that packets hold.
constexpr std::int64_t kRoundingUs = 2'000;
// RFC 7845, 4.6: what a decoder of Opus needs to find in.
constexpr std::int64_t kOpusPrerollUs = 80'000;

/// Copies packets. Times count samples, one packet after the other, as long as the file's own times
/// are no further off than their rounding.
class CopiedTrack final : public SoundTrack {
 public:
  CopiedTrack(const AVStream& input, std::int64_t length_us)
      : input_(input),
        samples_{1, input.codecpar->sample_rate},
        rounding_(std::max(samples_of(kRoundingUs), av_rescale_q(1, input.time_base, samples_))),
        end_(samples_of(length_us)),
        copy_(av_packet_alloc()) {
    if (!copy_) throw std::bad_alloc();
  }

  void begin(AVFormatContext& muxer, TakePacket take) override {
    take_ = std::move(take);
    output_ = avformat_new_stream(&muxer, nullptr);
    if (output_ == nullptr) throw std::bad_alloc();
    if (avcodec_parameters_copy(output_->codecpar, input_.codecpar) < 0) throw std::bad_alloc();
    output_->codecpar->codec_tag = 0;  // The container's, not that of the input's.
    output_->time_base = samples_;
    copy_description(input_, *output_);
    // What this FFmpeg calls experimental is a standard by now: Opus and FLAC in MP4.
    muxer.strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  }

  void write(const SoundPacket& sound) override {
    const bool hidden = (sound.packet->flags & AV_PKT_FLAG_DISCARD) != 0 && sound.begin_us > 0;
    std::int64_t count = samples_in(sound);
    const std::int64_t begin = begin_of(sound);
    if (hidden || count <= 0 || begin >= end_) return;
    if (begin + count <= -preroll(count)) return;
    next_ = begin + count;
    count = std::min(count, end_ - begin);
    if (av_packet_ref(copy_.get(), sound.packet.get()) < 0) throw std::bad_alloc();
    av_packet_free_side_data(copy_.get());
    copy_->flags = AV_PKT_FLAG_KEY;
    copy_->stream_index = output_->index;
    copy_->pts = copy_->dts = begin;
    copy_->duration = count;
    copy_->pos = -1;
    av_packet_rescale_ts(copy_.get(), samples_, output_->time_base);
    take_(*copy_);
    av_packet_unref(copy_.get());
  }

  void finish() override {}

 private:
  [[nodiscard]] std::int64_t samples_of(std::int64_t us) const {
    return av_rescale_q(us, kMicroseconds, samples_);
  }

  [[nodiscard]] std::int64_t samples_in(const SoundPacket& sound) const {
    AVCodecParameters& parameters = *input_.codecpar;
    const int count = av_get_audio_frame_duration2(&parameters, sound.packet->size);
    // Of a stream with another rate inside the counts may be those of that one.
    const std::int64_t told = samples_of(sound.length_us);
    if (count > 0 && (told == 0 || std::abs(count - told) <= rounding_)) return count;
    return told > 0 ? told : count;
  }

  [[nodiscard]] std::int64_t begin_of(const SoundPacket& sound) const {
    const std::int64_t told = samples_of(sound.begin_us);
    if (!next_) return told;
    return std::abs(told - *next_) <= rounding_ ? *next_ : std::max(told, *next_);
  }

  // What is kept before the start: a decoder overlaps one packet with the next, MP3's takes bits
  // from earlier ones as well. More of it is heard early by players that know no edit lists.
  [[nodiscard]] std::int64_t preroll(std::int64_t count) const {
    switch (input_.codecpar->codec_id) {
      case AV_CODEC_ID_ALAC:
      case AV_CODEC_ID_FLAC:
        return 0;
      case AV_CODEC_ID_OPUS:
        return samples_of(kOpusPrerollUs);
      case AV_CODEC_ID_MP3:
        return 2 * count;
      default:
        return count;
    }
  }

  const AVStream& input_;
  AVRational samples_;
  std::int64_t rounding_;  // All of these in samples.
  std::int64_t end_;
  std::optional<std::int64_t> next_;
  PacketPtr copy_;
  AVStream* output_ = nullptr;
  TakePacket take_;
};

}  // namespace

bool is_copied(const AVCodecParameters& sound) {
  switch (sound.codec_id) {
    case AV_CODEC_ID_AAC:
    case AV_CODEC_ID_MP3:
    case AV_CODEC_ID_AC3:
    case AV_CODEC_ID_EAC3:
    case AV_CODEC_ID_ALAC:
    case AV_CODEC_ID_OPUS:
    case AV_CODEC_ID_FLAC:
      break;
    default:
      return false;
  }
  const AVOutputFormat* mp4 = av_guess_format("mp4", nullptr, nullptr);
  return mp4 != nullptr &&
         avformat_query_codec(mp4, sound.codec_id, FF_COMPLIANCE_EXPERIMENTAL) == 1;
}

void copy_description(const AVStream& input, AVStream& output) {
  for (const char* name : {"language", "title", "handler_name", "creation_time"}) {
    const AVDictionaryEntry* entry = av_dict_get(input.metadata, name, nullptr, 0);
    if (entry != nullptr) av_dict_set(&output.metadata, name, entry->value, 0);
  }
  // What players of MP4 show as the title.
  const AVDictionaryEntry* title = av_dict_get(input.metadata, "title", nullptr, 0);
  if (title != nullptr) av_dict_set(&output.metadata, "handler_name", title->value, 0);
  output.disposition = input.disposition;
}

std::unique_ptr<SoundTrack> make_copied_track(const AVStream& input, std::int64_t length_us) {
  return std::make_unique<CopiedTrack>(input, length_us);
}

}  // namespace rollingdepth
