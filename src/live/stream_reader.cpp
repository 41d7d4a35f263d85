#include "live/stream_reader.hpp"

#include <chrono>
#include <new>
#include <string_view>
#include <utility>

#include "decode/container.hpp"
#include "decode/deinterlacer.hpp"
#include "decode/video_stream.hpp"
#include "live/picture_start.hpp"
#include "live/source_lost.hpp"

namespace rollingdepth::live {
namespace {

// A broken source may report one unreadable packet after the other without an end.
constexpr int kMaxReadErrorsInARow = 32;
constexpr int kMaxErrorsWhileDraining = 256;
// How often a camera is asked that has no picture yet: libav does not tell when it has.
constexpr std::chrono::milliseconds kNextLook{2};

bool is_live(SourceKind kind) { return kind == SourceKind::kCamera || kind == SourceKind::kStream; }

// Of a file, no picture is shown later for what its decoder holds back.
DecoderDelay delay_of(SourceKind kind) {
  if (kind == SourceKind::kFile) return DecoderDelay::kThreads;
  return is_live(kind) ? DecoderDelay::kLowest : DecoderDelay::kOrder;
}

}  // namespace

StreamReader::StreamReader(const SourceOptions& options, const StopFlag& stop)
    : name_(public_name(options.source)),
      max_pixels_(options.max_pixels),
      threads_(options.threads),
      kind_(source_kind(options.source)),
      patience_(stop, /*limited=*/kind_ != SourceKind::kFile),
      input_(open_source_input(options, patience_)),
      decoded_(av_frame_alloc()),
      remarks_(/*deinterlaces=*/true) {
  if (!decoded_) throw std::bad_alloc();
}

std::optional<StreamPicture> StreamReader::next() {
  patience_.begin_anew();
  if (!decode()) return std::nullopt;
  note_picture();
  return shown_picture();
}

// Takes the stream that is to be shown, once there is one.
void StreamReader::choose_stream() {
  AVFormatContext& format = *input_.format;
  stream_ = find_video_stream(format);
  if (stream_ == nullptr) {
    if ((format.ctx_flags & AVFMTCTX_NOHEADER) == 0) throw SourceLost("it has no video stream");
    return;
  }
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    if (format.streams[i] != stream_) format.streams[i]->discard = AVDISCARD_ALL;
  }
  // libav looks for the end of a picture in the packet of the next one, also where every packet is
  // a picture, as encoders write them: that is a frame's time of delay for nothing.
  if (is_live(kind_) && !is_stored() && std::string_view(format.iformat->name) == "mpegts" &&
      tells_picture_starts(stream_->codecpar->codec_id)) {
    format.flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
    packets_are_pictures_ = true;
  }
}

// libav's code of one packet, waited for. What libav still has when its waiting is ended, it gives:
// that must not look as if something had come.
int StreamReader::read_from_source(AVPacket& packet) {
  while (true) {
    const int code = av_read_frame(input_.format.get(), &packet);
    require_patience(patience_);
    if (code != AVERROR(EAGAIN)) return code;
    patience_.sleep(kNextLook);
  }
}

// The next packet of the stream; null after the last one.
PacketPtr StreamReader::read_packet() {
  PacketPtr packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  if (stream_ == nullptr) choose_stream();
  int errors_in_a_row = 0;
  while (true) {
    const int code = read_from_source(*packet);
    if (code >= 0) {
      errors_in_a_row = 0;
      if (stream_ == nullptr) choose_stream();
      if (stream_ != nullptr && packet->stream_index == stream_->index) {
        check_packet(*packet);
        return packet;
      }
      av_packet_unref(packet.get());
    } else if (code == AVERROR_INVALIDDATA && ++errors_in_a_row < kMaxReadErrorsInARow) {
      ++damage_.packets;
    } else if (is_end(code)) {
      return nullptr;
    } else if (code != AVERROR_EXIT) {
      if (is_live(kind_)) throw SourceLost(libav_error_text(code));
      remarks_.add("reading stopped before the end: " + libav_error_text(code));
      return nullptr;
    }
  }
}

// Whether a code of libav is the end. Of a stream of HTTP whose length nobody has told, it calls
// the end an error.
bool StreamReader::is_end(int code) const {
  if (code == AVERROR_EOF) return true;
  const AVFormatContext& format = *input_.format;
  return code == AVERROR(EIO) && std::string_view(format.url).starts_with("http") &&
         format.pb != nullptr && avio_size(format.pb) <= 0;
}

void StreamReader::check_packet(const AVPacket& packet) {
  if (is_encrypted(packet, *stream_)) {
    throw Error(ErrorKind::kInput, name_ + " is encrypted (protected against copying)");
  }
  if (packets_are_pictures_ && !begins_picture(packet, stream_->codecpar->codec_id)) {
    input_.format->flags &= ~(AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN);
    packets_are_pictures_ = false;
  }
}

// Leaves the next picture in decoded_; false after the last one. Every round takes a packet from
// the source or counts towards a limit, so that no broken source keeps it going.
bool StreamReader::decode() {
  int errors_while_draining = 0;
  if (!decoder_ && !feed()) return false;
  while (!ended_) {
    const int code = avcodec_receive_frame(decoder_.get(), decoded_.get());
    if (code >= 0) return true;
    if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
    const bool damaged = code != AVERROR(EAGAIN) && code != AVERROR_EOF;
    if (damaged) ++damage_.packets;
    if (draining_) {
      ended_ = code == AVERROR_EOF || ++errors_while_draining > kMaxErrorsWhileDraining;
    } else if (!feed() && !damaged) {
      // The decoder neither gives nor takes: without this packet it may go on.
      ++damage_.packets;
      pending_.reset();
    }
  }
  return false;
}

// Hands the decoder one packet, or the end of the stream; false where it takes none.
bool StreamReader::feed() {
  if (!pending_) pending_ = read_packet();
  draining_ = draining_ || !pending_;
  if (!decoder_) {
    if (draining_) return false;
    decoder_ = open_decoder(*stream_, name_, max_pixels_, delay_of(kind_), threads_);
  }
  const int code = avcodec_send_packet(decoder_.get(), pending_.get());
  if (code == AVERROR(EAGAIN)) return false;
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (code < 0 && code != AVERROR_EOF) ++damage_.packets;
  pending_.reset();
  return true;
}

void StreamReader::note_picture() {
  if (!std::exchange(any_picture_, true)) {
    // What came before the first key picture is not damaged, but joined in its middle.
    if (is_live(kind_)) damage_ = {};
    const std::optional<Orientation> known = orientation_of(*stream_);
    orientation_ = known.value_or(Orientation{});
    if (!known) remarks_.add("rotation by other than 90, 180 or 270 degrees is ignored");
  }
  if ((decoded_->flags & AV_FRAME_FLAG_CORRUPT) != 0 || decoded_->decode_error_flags != 0) {
    ++damage_.pictures;
  }
  // Their order is not that in which they come: the decoder sorts them from its next header on.
  if (decoded_->pict_type == AV_PICTURE_TYPE_B) decoder_->flags &= ~AV_CODEC_FLAG_LOW_DELAY;
  if (is_interlaced(*decoded_) && !std::exchange(noted_interlaced_, true)) {
    remarks_.add(
        "interlaced: both fields of a picture are taken as one, so that what moves is combed");
  }
  remarks_.note(*decoded_);
}

StreamPicture StreamReader::shown_picture() {
  StreamPicture picture;
  picture.decoded = Clock::now();
  const std::int64_t pts = decoded_->best_effort_timestamp;
  if (pts != AV_NOPTS_VALUE) {
    picture.pts_us = av_rescale_q(pts, stream_->time_base, AV_TIME_BASE_Q);
  }
  const AVRational aspect =
      av_guess_sample_aspect_ratio(input_.format.get(), stream_, decoded_.get());
  picture.shown = {.width_px = square_pixel_width(decoded_->width, rational(aspect)),
                   .height_px = decoded_->height};
  if (orientation_.transpose) std::swap(picture.shown.width_px, picture.shown.height_px);
  picture.rgb = with_context(ErrorKind::kInput, "cannot decode " + name_,
                             [this] { return converter_.to_rgb(*decoded_); });
  picture.rgb = oriented(picture.rgb, orientation_);
  av_frame_unref(decoded_.get());
  return picture;
}

Rational StreamReader::frame_rate() const {
  constexpr Rational kUsual{.num = 25, .den = 1};
  if (stream_ == nullptr) return kUsual;
  const Rational known[] = {
      rational(av_guess_frame_rate(input_.format.get(), stream_, /*frame=*/nullptr)),
      rational(stream_->avg_frame_rate), rational(decoder_->framerate)};
  for (const Rational& rate : known) {
    if (is_plausible_rate(rate)) return rate;
  }
  return kUsual;
}

bool StreamReader::clock_may_jump() const { return has_jumping_clock(*input_.format); }

bool StreamReader::is_stored() const {
  if (kind_ != SourceKind::kStream) return false;
  const AVFormatContext& format = *input_.format;
  const std::string_view name = format.iformat->name;
  if (name.starts_with("hls") || name.starts_with("dash")) return true;
  return format.pb != nullptr && (format.pb->seekable & AVIO_SEEKABLE_NORMAL) != 0 &&
         avio_size(format.pb) > 0;
}

Damage StreamReader::take_damage() { return std::exchange(damage_, {}); }

std::vector<std::string> StreamReader::take_remarks() {
  std::vector<std::string> lines = remarks_.lines(/*all_noted=*/false);
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(remarks_taken_));
  remarks_taken_ += lines.size();
  return lines;
}

}  // namespace rollingdepth::live
