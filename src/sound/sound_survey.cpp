#include "sound/sound_survey.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "decode/container.hpp"
#include "rollingdepth/error.hpp"
#include "sound/sound_decoder.hpp"
#include "sound/sound_track.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kHoleUs = 50'000;
constexpr int kBufferBytes = 4096;
// A decoder that has given nothing after so many packets will not.
constexpr std::int64_t kPacketsToTry = 200;

int discard_bytes(void* /*opaque*/, std::uint8_t* /*bytes*/, int size) { return size; }
std::int64_t discard_position(void* /*opaque*/, std::int64_t offset, int /*whence*/) {
  return offset;
}

void check(int code) {
  if (code < 0) throw Error(ErrorKind::kInput, libav_error_text(code));
}

/// An MP4 file that goes nowhere.
class TrialContainer {
 public:
  explicit TrialContainer(std::unique_ptr<SoundTrack> track) : track_(std::move(track)) {
    AVFormatContext* muxer = nullptr;
    check(avformat_alloc_output_context2(&muxer, nullptr, "mp4", nullptr));
    muxer_.reset(muxer);
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
    muxer->pb = avio_alloc_context(buffer, kBufferBytes, 1, nullptr, nullptr, &discard_bytes,
                                   &discard_position);
    if (muxer->pb == nullptr) throw std::bad_alloc();
    muxer->flags |= AVFMT_FLAG_CUSTOM_IO;
    track_->begin(*muxer,
                  [muxer](AVPacket& packet) { check(av_interleaved_write_frame(muxer, &packet)); });
    check(avformat_write_header(muxer, nullptr));
  }

  void write(const SoundPacket& packet) { track_->write(packet); }
  void finish() { check(av_write_trailer(muxer_.get())); }

 private:
  struct Deleter {
    void operator()(AVFormatContext* muxer) const noexcept {
      if (muxer->pb != nullptr) av_freep(&muxer->pb->buffer);
      avio_context_free(&muxer->pb);
      avformat_free_context(muxer);
    }
  };

  std::unique_ptr<AVFormatContext, Deleter> muxer_;
  std::unique_ptr<SoundTrack> track_;
};

/// What becomes of one track.
class SurveyedTrack {
 public:
  SurveyedTrack(const SoundPackets& packets, const AVStream& input, std::string name)
      : input_(input), name_(std::move(name)), length_us_(packets.clock().length_us) {
    attempt([&] {
      if (input.codecpar->sample_rate <= 0 || input.codecpar->ch_layout.nb_channels <= 0) {
        throw Error(ErrorKind::kInput, "its header does not say what it is");
      }
      decoder_.emplace(input);
    });
    if (left_out_ || !is_copied(*input.codecpar) || packets.clock().pieces.size() != 1) return;
    copies([&] { trial_.emplace(make_copied_track(input, length_us_)); });
  }

  void take(const SoundPacket& packet) {
    if (left_out_) return;
    attempt([&] {
      if (is_encrypted(*packet.packet, input_)) throw Error(ErrorKind::kInput, "it is encrypted");
      const bool is_hole = end_us_ && std::abs(packet.begin_us - *end_us_) > kHoleUs;
      if (is_hole) trial_.reset();
      end_us_ = packet.begin_us + packet.length_us;
      if (*end_us_ > 0) is_heard_ = true;
      if (trial_) copies([&] { trial_->write(packet); });
      ++packets_;
      // All of what is decoded for good, of the rest enough to know that it can be.
      if (!trial_ || decoder_->frames() == 0) decoder_->decode(packet, [](AVFrame&) {});
      if (decoder_->frames() == 0 && packets_ >= kPacketsToTry) fail_as_undecodable();
    });
  }

  void finish(SoundSurvey& survey) {
    attempt([&] {
      if (packets_ == 0 || !is_heard_) return;
      if (trial_) copies([&] { trial_->finish(); });
      decoder_->finish([](AVFrame&) {});
      if (decoder_->frames() == 0) fail_as_undecodable();
      // Whether AAC takes it.
      if (!trial_) TrialContainer(make_encoded_track(input_, length_us_));
    });
    if (left_out_) {
      survey.remarks.push_back(name_ + " is left out: " + *left_out_);
    } else if (is_heard_) {
      add_to(survey);
    }
  }

 private:
  static void fail_as_undecodable() {
    throw Error(ErrorKind::kInput, "nothing in it can be decoded");
  }

  void attempt(const std::function<void()>& step) {
    try {
      step();
    } catch (const Error& error) {
      left_out_ = error.what();
      trial_.reset();
    }
  }

  void copies(const std::function<void()>& step) {
    try {
      step();
    } catch (const Error&) {
      trial_.reset();
    }
  }

  void add_to(SoundSurvey& survey) const {
    const AVDictionaryEntry* language = av_dict_get(input_.metadata, "language", nullptr, 0);
    survey.tracks.push_back({.stream = input_.index,
                             .copied = trial_.has_value(),
                             .name = name_,
                             .codec = avcodec_get_name(input_.codecpar->codec_id),
                             .language = language != nullptr ? language->value : ""});
    // Of one that is copied only the beginning was decoded.
    const std::int64_t damaged = trial_ ? 0 : decoder_->damaged_packets();
    if (damaged > 0) {
      survey.remarks.push_back(name_ + ": " + std::to_string(damaged) + " damaged packet" +
                               (damaged == 1 ? "" : "s") + ", silence in " +
                               (damaged == 1 ? "its" : "their") + " place");
    }
  }

  const AVStream& input_;
  std::string name_;
  std::int64_t length_us_;
  std::optional<SoundDecoder> decoder_;
  std::optional<TrialContainer> trial_;  // Unset: it is not copied.
  std::optional<std::string> left_out_;  // Why.
  std::optional<std::int64_t> end_us_;
  bool is_heard_ = false;
  std::int64_t packets_ = 0;
};

}  // namespace

SoundSurvey survey_sound(SoundPackets& packets, const std::function<void()>& check_cancelled) {
  std::vector<std::unique_ptr<SurveyedTrack>> tracks(packets.format().nb_streams);
  for (const AVStream* stream : packets.tracks()) {
    tracks[static_cast<std::size_t>(stream->index)] =
        std::make_unique<SurveyedTrack>(packets, *stream, sound_name(packets.tracks(), *stream));
  }
  while (const std::optional<SoundPacket> packet = packets.next()) {
    if (check_cancelled) check_cancelled();
    tracks[static_cast<std::size_t>(packet->packet->stream_index)]->take(*packet);
  }
  SoundSurvey survey;
  for (const auto& track : tracks) {
    if (track) track->finish(survey);
  }
  return survey;
}

std::vector<WrittenTrack> listed_tracks(const SoundPackets& packets) {
  std::vector<WrittenTrack> tracks;
  for (const AVStream* stream : packets.tracks()) {
    const AVDictionaryEntry* language = av_dict_get(stream->metadata, "language", nullptr, 0);
    tracks.push_back({.stream = stream->index,
                      .copied = is_copied(*stream->codecpar),
                      .name = sound_name(packets.tracks(), *stream),
                      .codec = avcodec_get_name(stream->codecpar->codec_id),
                      .language = language != nullptr ? language->value : ""});
  }
  return tracks;
}

}  // namespace rollingdepth
