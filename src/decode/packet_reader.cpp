#include "decode/packet_reader.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/frame_times.hpp"
#include "decode/container.hpp"
#include "decode/scrambled_stream.hpp"
#include "decode/video_stream.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPacketsAhead = 256;
constexpr std::int64_t kMaxBytesAhead = 32 << 20;
// A broken container may report one unreadable packet after the other without an end.
constexpr int kMaxReadErrorsInARow = 32;
// Durations in headers are not exact to the frame. In microseconds.
constexpr std::int64_t kMinMissing = AV_TIME_BASE / 2;

[[noreturn]] void fail(const fs::path& file, const std::string& why) {
  throw Error(ErrorKind::kInput, "cannot open video " + file.string() + ": " + why);
}

// Whether a stream's packets are one picture each: not where fields come in packets of their own,
// nor where packets hold pictures that are not shown, or two pictures.
bool has_a_picture_per_packet(const AVStream& stream) {
  switch (stream.codecpar->codec_id) {
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_VP8:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
      return false;
    default:
      return stream.codecpar->field_order == AV_FIELD_PROGRESSIVE ||
             stream.codecpar->field_order == AV_FIELD_UNKNOWN;
  }
}

// Only these have an index that lists every frame, with its time, before anything is read.
bool has_full_index(const AVFormatContext& format) {
  return std::string_view(format.iformat->name).starts_with("mov,");
}

// Whether what decoders of this kind give from a key frame on is known to depend on the first
// frames of a file and on what follows the key frame alone. Others may take palettes or tables from
// any frame before.
bool starts_at_key_frames(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_VP8:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
    case AV_CODEC_ID_PRORES:
    case AV_CODEC_ID_DNXHD:
    case AV_CODEC_ID_FFV1:
      return true;
    default:
      return false;
  }
}

// Whether the times in an index increase as the file goes on: else one time may be in it twice.
bool has_ordered_index(const AVFormatContext& format, AVStream& stream) {
  const int entries = avformat_index_get_entries_count(&stream);
  for (int i = 1; i < entries; ++i) {
    const AVIndexEntry before = *avformat_index_get_entry(&stream, i - 1);
    const AVIndexEntry& entry = *avformat_index_get_entry(&stream, i);
    if (entry.timestamp <= before.timestamp) return false;
    // An MP4 may store its frames in any order.
    if (!has_full_index(format) && entry.pos < before.pos) return false;
  }
  return entries > 0;
}

// The earliest time that a packet has.
std::int64_t earliest_time(const AVPacket& packet) {
  return packet.dts == AV_NOPTS_VALUE ? packet.pts : std::min(packet.pts, packet.dts);
}

AVStream* choose_stream(AVFormatContext& format, const fs::path& file) {
  AVStream* chosen = find_video_stream(format);
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    AVStream* stream = format.streams[i];
    // Without an index, the other streams help to tell whether the file is cut short.
    if (stream != chosen && has_full_index(format)) stream->discard = AVDISCARD_ALL;
  }
  if (chosen == nullptr) {
    throw Error(ErrorKind::kInput, file.string() + " has no video stream");
  }
  return chosen;
}

// Times of all frames that the index lists, in decoding order.
std::vector<std::int64_t> indexed_times(AVStream& stream) {
  std::vector<std::int64_t> times;
  const int entries = avformat_index_get_entries_count(&stream);
  times.reserve(static_cast<std::size_t>(std::max(entries, 0)));
  for (int i = 0; i < entries; ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(&stream, i);
    if ((entry->flags & AVINDEX_DISCARD_FRAME) == 0) times.push_back(entry->timestamp);
  }
  return times;
}

std::string seconds_text(std::int64_t microseconds) {
  const std::int64_t tenths = (microseconds + 50000) / 100000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

// Frames by duration and rate, for containers that keep no count.
std::optional<std::int64_t> frames_by_duration(AVFormatContext& format, AVStream& stream) {
  const AVRational rate = av_guess_frame_rate(&format, &stream, nullptr);
  double seconds = 0;
  if (stream.duration > 0) {
    seconds = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  } else if (format.duration > 0) {
    seconds = static_cast<double>(format.duration) / AV_TIME_BASE;
  }
  if (seconds <= 0 || rate.num <= 0 || rate.den <= 0) return std::nullopt;
  return std::llround(seconds * av_q2d(rate));
}

// What the times of some packets, in any order, tell of those of all frames.
bool seem_to_vary(std::vector<std::int64_t> ticks, AVFormatContext& format, AVStream& stream) {
  std::sort(ticks.begin(), ticks.end());
  ticks.erase(std::unique(ticks.begin(), ticks.end()), ticks.end());
  if (ticks.size() < 3) return false;
  ClipInfo clip;
  clip.time_base = {.num = stream.time_base.num, .den = stream.time_base.den};
  clip.frame_rate = {.num = stream.avg_frame_rate.num, .den = stream.avg_frame_rate.den};
  const AVRational guessed = av_guess_frame_rate(&format, &stream, nullptr);
  if (!clip.frame_rate.positive()) clip.frame_rate = {.num = 25, .den = 1};
  clip.other_rates = {{.num = guessed.num, .den = guessed.den}};
  return frame_times({ticks.begin(), ticks.end()}, clip).variable_frame_rate;
}

}  // namespace

PacketReader::PacketReader(const fs::path& file, std::int64_t max_pixels) {
  format_ = open_container(file, max_pixels);
  stream_ = choose_stream(*format_, file);
  read_ahead();
  // Of scrambled packets no size can be known; those of a stream that was descrambled may have kept
  // their marks.
  if (encrypted_ || (stream_->codecpar->width == 0 && is_scrambled_transport_stream(file))) {
    fail(file, "it is encrypted (protected against copying); use a copy without protection");
  }
  survey_timing();
}

PacketPtr PacketReader::next() {
  if (ahead_.empty()) return ended_ ? nullptr : read();
  PacketPtr packet = std::move(ahead_.front());
  ahead_.pop_front();
  return packet;
}

bool PacketReader::can_jump() const {
  const bool seekable =
      format_->pb != nullptr && (format_->pb->seekable & AVIO_SEEKABLE_NORMAL) != 0;
  const bool indexed =
      has_full_index(*format_) || std::string_view(format_->iformat->name).starts_with("matroska,");
  return seekable && indexed && starts_at_key_frames(stream_->codecpar->codec_id);
}

// An index holds times of decoding or of showing, so that its answer is only a first guess.
std::optional<KeyFrames> PacketReader::jump(std::int64_t pts) {
  PacketPtr last = key_frame_at(pts);
  while (last && last->pts > pts) last = key_frame_at(earliest_time(*last) - 1);
  if (!last || !has_ordered_index(*format_, *stream_)) return std::nullopt;
  PacketPtr before = key_frame_at(earliest_time(*last) - 1);
  if (!before || before->pts >= last->pts) return std::nullopt;
  // As if all before it had been read.
  packets_read_ = 1 + av_index_search_timestamp(stream_, before->dts, AVSEEK_FLAG_ANY);
  const KeyFrames found{.before_pts = before->pts, .last_pts = last->pts};
  ahead_.push_back(std::move(before));
  return found;
}

// The packet of the last key frame that the index has at that time or earlier. Null where there is
// none that is earlier than the one asked for the last time: no file keeps jump() going.
PacketPtr PacketReader::key_frame_at(std::int64_t time) {
  ahead_.clear();
  if (av_seek_frame(format_.get(), stream_->index, time, AVSEEK_FLAG_BACKWARD) < 0) return nullptr;
  ended_ = false;
  early_end_.reset();
  PacketPtr packet = read();
  if (!packet || packet->pts == AV_NOPTS_VALUE || earliest_time(*packet) > time) return nullptr;
  constexpr int kUnfit = AV_PKT_FLAG_DISCARD | AV_PKT_FLAG_CORRUPT;
  const bool fit = (packet->flags & AV_PKT_FLAG_KEY) != 0 && (packet->flags & kUnfit) == 0;
  return fit ? std::move(packet) : nullptr;
}

PacketPtr PacketReader::read() {
  PacketPtr packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  int errors_in_a_row = 0;
  while (!ended_) {
    const int code = av_read_frame(format_.get(), packet.get());
    if (code >= 0) {
      errors_in_a_row = 0;
      note_time(*packet);
      if (packet->stream_index == stream_->index) {
        if (is_encrypted(*packet, *stream_)) {
          encrypted_ = ended_ = true;
          early_end_ = "reading stopped where the file is encrypted";
          return nullptr;
        }
        ++packets_read_;
        return packet;
      }
      av_packet_unref(packet.get());
    } else if (code == AVERROR_INVALIDDATA && ++errors_in_a_row < kMaxReadErrorsInARow) {
      ++damaged_packets_;
    } else if (code != AVERROR(EAGAIN)) {
      note_end(code);
    }
  }
  return nullptr;
}

void PacketReader::note_time(const AVPacket& packet) {
  const std::int64_t begin = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (begin == AV_NOPTS_VALUE) return;
  const AVRational time_base = format_->streams[packet.stream_index]->time_base;
  const std::int64_t begin_us = av_rescale_q(begin, time_base, AV_TIME_BASE_Q);
  earliest_time_us_ = std::min(earliest_time_us_.value_or(begin_us), begin_us);
  latest_time_us_ =
      std::max(latest_time_us_, av_rescale_q(begin + packet.duration, time_base, AV_TIME_BASE_Q));
}

void PacketReader::note_end(int code) {
  ended_ = true;
  const std::int64_t listed =
      has_full_index(*format_) ? avformat_index_get_entries_count(stream_) : 0;
  if (packets_read_ < listed) {
    early_end_ = "the file is cut short: " + std::to_string(packets_read_) + " of " +
                 std::to_string(listed) + " packets could be read";
  } else if (code != AVERROR_EOF) {
    early_end_ = "reading stopped before the end: " + libav_error_text(code);
  } else if (listed == 0 && format_->duration > 0 &&
             format_->duration_estimation_method == AVFMT_DURATION_FROM_STREAM) {
    std::int64_t start = format_->start_time != AV_NOPTS_VALUE ? format_->start_time : 0;
    start = std::min(start, earliest_time_us_.value_or(start));  // The first time may be wrong.
    const std::int64_t there = latest_time_us_ - start;
    if (format_->duration - there > std::max(kMinMissing, format_->duration / 50)) {
      early_end_ = "the file is cut short: it ends after " + seconds_text(there) + " of " +
                   seconds_text(format_->duration) + " seconds";
    }
  }
}

void PacketReader::read_ahead() {
  std::int64_t bytes = 0;
  while (ahead_.size() < kMaxPacketsAhead && bytes < kMaxBytesAhead) {
    PacketPtr packet = read();
    if (!packet) break;
    bytes += packet->size;
    ahead_.push_back(std::move(packet));
  }
}

void PacketReader::survey_timing() {
  std::vector<std::int64_t> times;
  std::int64_t shown_packets = 0;
  bool starts_whole = true;
  for (const PacketPtr& packet : ahead_) {
    if ((packet->flags & AV_PKT_FLAG_DISCARD) != 0) continue;
    if (++shown_packets == 1) starts_whole = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    if (packet->pts == AV_NOPTS_VALUE) continue;
    times.push_back(packet->pts);
    // Shown before the first key frame, they need a picture that is not there.
    if (packet->pts < times.front()) starts_whole = false;
  }
  if (ended_) {
    frames_estimate_ = shown_packets;
    frames_exact_ =
        !early_end_ && damaged_packets_ == 0 && starts_whole && has_a_picture_per_packet(*stream_);
  } else {
    frames_estimate_ =
        stream_->nb_frames > 0 ? stream_->nb_frames : frames_by_duration(*format_, *stream_);
    std::vector<std::int64_t> listed;
    if (has_full_index(*format_)) listed = indexed_times(*stream_);
    if (static_cast<std::int64_t>(listed.size()) > shown_packets) {
      frames_estimate_ = static_cast<std::int64_t>(listed.size());
      frames_exact_ = starts_whole;
      times = std::move(listed);
    }
  }
  variable_frame_rate_ = seem_to_vary(std::move(times), *format_, *stream_);
}

}  // namespace rollingdepth
