#include "sound/sound_packets.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "decode/container.hpp"

namespace rollingdepth {
namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};
// A step back of less is one of rounding.
constexpr std::int64_t kStepBackUs = 100'000;
// What a packet may begin before the frame that is shown first after a jump.
constexpr std::int64_t kBeforePieceUs = 100'000;
// How far the streams of a file are apart at most, and how far back a search begins.
constexpr std::int64_t kInterleavedUs = 10'000'000;
constexpr std::int64_t kSearchBeforeUs = 5'000'000;
// A broken container may report one unreadable packet after the other without an end.
constexpr int kMaxReadErrorsInARow = 32;

std::int64_t end_of(const ClipClock& clock, std::size_t piece) {
  return piece + 1 < clock.pieces.size() ? clock.pieces[piece + 1].begin_us : clock.length_us;
}

// Whether a search by time finds the place of all streams.
bool finds_times(const AVFormatContext& format) {
  const std::string_view name = format.iformat->name;
  return name.starts_with("mov,") || name.starts_with("matroska,");
}

}  // namespace

bool ClockFollower::has(std::size_t piece, std::int64_t input_us) const {
  const ClipClock::Piece& here = clock_->pieces[piece];
  const std::int64_t before = piece == 0 ? kSoundPrerollUs : kBeforePieceUs;
  const std::int64_t length = end_of(*clock_, piece) - here.begin_us;
  return input_us >= here.input_us - before && input_us < here.input_us + length;
}

std::optional<std::int64_t> ClockFollower::follow(std::int64_t input_us) {
  const bool back = last_us_ && input_us < *last_us_ - kStepBackUs;
  last_us_ = input_us;
  const std::size_t count = clock_->pieces.size();
  std::size_t piece = piece_ + (back ? 1 : 0);
  while (piece < count && !has(piece, input_us)) ++piece;
  if (piece >= count) {
    if (!back || !has(piece_, input_us)) return std::nullopt;
    piece = piece_;
  }
  piece_ = piece;
  return input_us - clock_->pieces[piece].input_us + clock_->pieces[piece].begin_us;
}

SoundPackets::SoundPackets(const std::filesystem::path& file, std::int64_t max_pixels,
                           ClipClock clock)
    : clock_(std::move(clock)), format_(open_container(file, max_pixels)) {
  choose_tracks();
  ended_ = clock_.pieces.empty() || tracks_.empty();
  if (!ended_) go_near_start();
}

void SoundPackets::choose_tracks() {
  const int best = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best >= 0) video_ = format_->streams[best];
  const AVProgram* program =
      best >= 0 ? av_find_program_from_stream(format_.get(), nullptr, best) : nullptr;
  followed_.resize(format_->nb_streams);
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream* stream = format_->streams[i];
    const bool belongs =
        program == nullptr ||
        std::find(program->stream_index, program->stream_index + program->nb_stream_indexes, i) !=
            program->stream_index + program->nb_stream_indexes;
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO && belongs) {
      tracks_.push_back(stream);
      if (!clock_.pieces.empty()) followed_[i] = Track{.follower = ClockFollower(clock_)};
    } else {
      stream->discard = AVDISCARD_ALL;
    }
  }
}

// Only where the clock runs through, so that a time is there once.
void SoundPackets::go_near_start() {
  const std::int64_t start_us = clock_.pieces.front().input_us - kSearchBeforeUs;
  if (clock_.pieces.size() > 1 || start_us < kSearchBeforeUs || video_ == nullptr ||
      !finds_times(*format_)) {
    return;
  }
  // Where it fails the file is read from its start.
  av_seek_frame(format_.get(), video_->index,
                av_rescale_q(start_us, kMicroseconds, video_->time_base), AVSEEK_FLAG_BACKWARD);
}

std::optional<SoundPacket> SoundPackets::next() {
  int errors_in_a_row = 0;
  while (!ended_) {
    PacketPtr packet(av_packet_alloc());
    if (!packet) throw std::bad_alloc();
    const int code = av_read_frame(format_.get(), packet.get());
    if (code >= 0) {
      errors_in_a_row = 0;
      if (auto found = placed(std::move(packet))) return found;
    } else if (code != AVERROR(EAGAIN)) {
      ended_ = code != AVERROR_INVALIDDATA || ++errors_in_a_row >= kMaxReadErrorsInARow;
    }
  }
  return std::nullopt;
}

std::optional<SoundPacket> SoundPackets::placed(PacketPtr packet) {
  // A stream that appears late is one of a broadcast, not of the clip.
  const auto index = static_cast<std::size_t>(packet->stream_index);
  if (index >= followed_.size() || !followed_[index]) return std::nullopt;
  Track& track = *followed_[index];
  const AVRational time_base = format_->streams[index]->time_base;
  const std::int64_t noted = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
  std::optional<std::int64_t> input_us = track.next_us;
  if (noted != AV_NOPTS_VALUE) input_us = av_rescale_q(noted, time_base, kMicroseconds);
  if (!input_us) return std::nullopt;
  const std::int64_t length_us = av_rescale_q(packet->duration, time_base, kMicroseconds);
  track.next_us = *input_us + length_us;
  if (clock_.pieces.size() == 1) {
    const std::int64_t behind_us = *input_us - clock_.pieces.front().input_us - clock_.length_us;
    if (behind_us > kInterleavedUs) ended_ = true;
  }
  const std::optional<std::int64_t> begin_us = track.follower.follow(*input_us);
  if (!begin_us) return std::nullopt;
  return SoundPacket{.packet = std::move(packet), .begin_us = *begin_us, .length_us = length_us};
}

std::string sound_name(const std::vector<AVStream*>& tracks, const AVStream& track) {
  std::string name = "audio track";
  if (tracks.size() > 1) {
    const auto place = std::find(tracks.begin(), tracks.end(), &track) - tracks.begin();
    name.append(" ").append(std::to_string(place + 1));
  }
  name.append(" (").append(avcodec_get_name(track.codecpar->codec_id));
  const AVDictionaryEntry* language = av_dict_get(track.metadata, "language", nullptr, 0);
  if (language != nullptr) name.append(", ").append(language->value);
  return name + ")";
}

}  // namespace rollingdepth
