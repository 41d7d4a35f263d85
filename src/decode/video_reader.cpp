#include "decode/video_reader.hpp"

#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decode/color_conversion.hpp"
#include "decode/deinterlacer.hpp"
#include "decode/packet_reader.hpp"
#include "decode/picture_geometry.hpp"
#include "decode/picture_remarks.hpp"
#include "decode/video_stream.hpp"
#include "media/libav.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// More errors in a row than any decoder has threads: it will not come to an end by itself.
constexpr int kMaxErrorsWhileDraining = 256;

// Average where the spacing varies; something usable where the file names no rate at all.
Rational frame_rate_of(AVFormatContext& format, AVStream& stream, bool variable) {
  const Rational guessed = rational(av_guess_frame_rate(&format, &stream, nullptr));
  const Rational average = rational(stream.avg_frame_rate);
  const bool plausible = is_plausible_rate(guessed);
  if (average.positive() && (variable || !plausible)) return average;
  return plausible ? guessed : Rational{.num = 25, .den = 1};
}

// Whether a picture is one from which decoding can begin: not where it is spread over several.
bool is_key_picture(const AVFrame& picture) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  const bool marked = (picture.flags & AV_FRAME_FLAG_KEY) != 0;
#else
  const bool marked = picture.key_frame != 0;
#endif
  return marked && picture.pict_type == AV_PICTURE_TYPE_I;
}

std::string counted(std::int64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

/// Decodes one file. Frames pass three steps: colours at the stored size, orientation, and a resize
/// where pixels are not square or the stored size changes. Resizing RGB planes, and not in
/// libswscale, keeps the colours of RGB sources and gives one path for rotated and upright clips.
///
/// A frame that the decoder marks as damaged is kept, since concealed damage is mostly a small part
/// of a picture.
class VideoReader final : public FrameSource {
 public:
  VideoReader(const std::filesystem::path& file, const VideoReading& reading)
      : file_(file.string()),
        reading_(reading),
        packets_(file, reading.max_pixels),
        decoder_(open_decoder(packets_.stream(), file_, reading.max_pixels, DecoderDelay::kThreads,
                              reading.threads)),
        decoded_(av_frame_alloc()),
        remarks_(reading.deinterlaces) {
    if (!decoded_) throw std::bad_alloc();
    if (reading.deinterlaces) deinterlacer_.emplace();
    // Some properties are only certain once a picture is decoded.
    if (!next_picture()) throw Error(ErrorKind::kInput, no_frame_message());
    describe_clip(file.filename().string());
    ready_ = shown_frame();
  }

  [[nodiscard]] const ClipInfo& info() const override { return info_; }

  std::optional<Frame> next() override {
    if (!ready_ && !next_picture()) return std::nullopt;
    Frame frame = ready_ ? *std::exchange(ready_, std::nullopt) : shown_frame();
    given_pts_ = frame.pts;
    return frame;
  }

  bool seek(std::int64_t pts) override;
  bool rewind() override;

  [[nodiscard]] std::vector<std::string> warnings() const override {
    std::vector<std::string> all = remarks_.lines(ended_);
    const std::int64_t damaged = damaged_packets();
    if (damaged > 0) all.push_back(counted(damaged, "damaged packet") + " skipped");
    if (damaged_frames_ > 0) {
      all.push_back(counted(damaged_frames_, "damaged frame") + " kept, with concealed errors");
    }
    if (packets_.early_end()) all.push_back(*packets_.early_end());
    return all;
  }

 private:
  bool next_picture();
  bool decode();
  bool feed();
  void describe_clip(const std::string& name);
  Frame shown_frame();
  void note_properties();
  bool jump(std::int64_t pts);
  [[nodiscard]] bool fits_the_first(const AVFrame& picture) const;
  [[nodiscard]] std::int64_t damaged_packets() const {
    return damaged_packets_ + packets_.damaged_packets();
  }
  [[nodiscard]] std::string no_frame_message() const;

  std::string file_;
  VideoReading reading_;
  PacketReader packets_;
  DecoderPtr decoder_;
  FramePtr decoded_;
  PacketPtr pending_;  ///< Refused by the decoder until a frame is taken out.
  bool draining_ = false;
  bool ended_ = false;

  ClipInfo info_;
  Orientation orientation_;
  int stored_width_px_ = 0;
  int stored_height_px_ = 0;
  std::optional<Deinterlacer> deinterlacer_;
  ColorConverter converter_;
  std::optional<Frame> ready_;             ///< Decoded before it was asked for.
  std::optional<std::int64_t> given_pts_;  ///< Of what next() gave last.

  std::int64_t damaged_packets_ = 0;
  std::int64_t damaged_frames_ = 0;
  PictureRemarks remarks_;
};

// Leaves the next picture to show in decoded_; false after the last one.
bool VideoReader::next_picture() {
  if (!deinterlacer_) {
    if (!decode()) return false;
    note_properties();
    return true;
  }
  return with_context(ErrorKind::kInput, "cannot decode " + file_, [this] {
    while (!deinterlacer_->pull(*decoded_)) {
      if (decode()) {
        note_properties();
        deinterlacer_->push(*decoded_);
      } else {
        deinterlacer_->finish();
        return deinterlacer_->pull(*decoded_);
      }
    }
    return true;
  });
}

// Leaves the next picture in decoded_; false after the last one. Every round takes a packet from
// the file or counts towards a limit, so that no broken file keeps it going.
bool VideoReader::decode() {
  int errors_while_draining = 0;
  while (!ended_) {
    const int code = avcodec_receive_frame(decoder_.get(), decoded_.get());
    if (code >= 0) return true;
    if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
    const bool damaged = code != AVERROR(EAGAIN) && code != AVERROR_EOF;
    if (damaged) ++damaged_packets_;
    if (draining_) {
      ended_ = code == AVERROR_EOF || ++errors_while_draining > kMaxErrorsWhileDraining;
    } else if (!feed() && !damaged) {
      // The decoder neither gives nor takes: without this packet it may go on.
      ++damaged_packets_;
      pending_.reset();
    }
  }
  return false;
}

// Hands the decoder one packet, or the end of the stream; false where it takes none.
bool VideoReader::feed() {
  if (!pending_) pending_ = packets_.next();
  draining_ = draining_ || !pending_;
  const int code = avcodec_send_packet(decoder_.get(), pending_.get());
  if (code == AVERROR(EAGAIN)) return false;
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (code < 0 && code != AVERROR_EOF) ++damaged_packets_;
  pending_.reset();
  return true;
}

void VideoReader::describe_clip(const std::string& name) {
  AVStream& stream = packets_.stream();
  const std::optional<Orientation> known = orientation_of(stream);
  orientation_ = known.value_or(Orientation{});
  if (!known) remarks_.add("rotation by other than 90, 180 or 270 degrees is ignored");
  const AVRational aspect =
      av_guess_sample_aspect_ratio(&packets_.format(), &stream, decoded_.get());
  stored_width_px_ = decoded_->width;
  stored_height_px_ = decoded_->height;
  info_.name = name;
  info_.width_px = square_pixel_width(stored_width_px_, rational(aspect));
  info_.height_px = stored_height_px_;
  // The aspect is that of stored pixels: in a picture on its side it stretches the shown height.
  if (orientation_.transpose) std::swap(info_.width_px, info_.height_px);
  info_.time_base = rational(stream.time_base);
  info_.variable_frame_rate = packets_.variable_frame_rate();
  info_.frame_rate = frame_rate_of(packets_.format(), stream, info_.variable_frame_rate);
  info_.other_rates = {rational(av_guess_frame_rate(&packets_.format(), &stream, nullptr)),
                       rational(stream.avg_frame_rate)};
  info_.clock_may_jump = has_jumping_clock(packets_.format());
  info_.frames_estimate = packets_.frames_estimate();
  info_.frames_exact = packets_.frames_exact();
  info_.deinterlaced = deinterlacer_.has_value();
  if (const AVDictionaryEntry* mode = av_dict_get(stream.metadata, "alpha_mode", nullptr, 0);
      mode != nullptr && std::strcmp(mode->value, "1") == 0) {
    remarks_.note_transparency();
  }
}

Frame VideoReader::shown_frame() {
  Frame frame;
  const std::int64_t noted = decoded_->best_effort_timestamp;
  if (noted != AV_NOPTS_VALUE) frame.pts = noted;
  frame.rgb = with_context(ErrorKind::kInput, "cannot decode " + file_,
                           [this] { return converter_.to_rgb(*decoded_); });
  frame.rgb = resized(oriented(frame.rgb, orientation_), info_.height_px, info_.width_px);
  av_frame_unref(decoded_.get());
  return frame;
}

void VideoReader::note_properties() {
  if ((decoded_->flags & AV_FRAME_FLAG_CORRUPT) != 0 || decoded_->decode_error_flags != 0) {
    ++damaged_frames_;
  }
  remarks_.note(*decoded_);
}

// A second reader looks for the frame, so that this one stays as it is where that fails. It has
// decoded the first frame, as this one has: a decoder may learn from it how to read the others.
bool VideoReader::seek(std::int64_t pts) {
  // Deinterlacing takes pictures before as well.
  if (deinterlacer_ || !packets_.can_jump() || !std::filesystem::is_regular_file(file_)) {
    return false;
  }
  VideoReader other(file_, reading_);
  other.given_pts_ = given_pts_;
  other.remarks_ = remarks_;
  if (!other.jump(pts)) return false;
  other.damaged_packets_ = damaged_packets();
  other.damaged_frames_ = damaged_frames_;
  *this = std::move(other);
  return true;
}

bool VideoReader::rewind() {
  if (!std::filesystem::is_regular_file(file_)) return false;
  *this = VideoReader(file_, reading_);
  return true;
}

// Decodes from a key frame on to the picture of that time, which is ready then. Not from the last
// key frame before it, but from the one before: pictures that are stored behind a key frame and
// shown before it may need those before it, and what the decoder keeps of them must be the same.
// @return false where that does not give what reading from the start would, for certain: this
//         reader is used up then.
bool VideoReader::jump(std::int64_t pts) {
  const std::optional<KeyFrames> keys = packets_.jump(pts);
  if (!keys || (given_pts_ && keys->before_pts <= *given_pts_)) return false;
  avcodec_flush_buffers(decoder_.get());
  ready_.reset();
  pending_.reset();
  draining_ = ended_ = false;
  std::optional<std::int64_t> last;
  while (!last || *last < pts) {
    if (!next_picture() || !fits_the_first(*decoded_)) return false;
    const std::int64_t shown = decoded_->pts;
    if (last ? shown <= *last : shown != keys->before_pts) return false;
    const bool passes_key =
        last.value_or(keys->before_pts) < keys->last_pts && shown >= keys->last_pts;
    if (passes_key && shown != keys->last_pts) return false;
    if ((passes_key || !last) && !is_key_picture(*decoded_)) return false;
    last = shown;
  }
  if (*last != pts) return false;
  ready_ = shown_frame();
  return true;
}

// Whether a picture is whole, has a time of its own, and is stored as the first one is: what
// conceals errors, guesses times or changes in mid-stream may depend on all that was read.
bool VideoReader::fits_the_first(const AVFrame& picture) const {
  return damaged_packets() == 0 && damaged_frames_ == 0 && picture.pts != AV_NOPTS_VALUE &&
         picture.pts == picture.best_effort_timestamp && picture.width == stored_width_px_ &&
         picture.height == stored_height_px_;
}

std::string VideoReader::no_frame_message() const {
  std::string message = "cannot decode " + file_ + ": no frame in it can be decoded";
  const std::int64_t damaged = damaged_packets();
  if (damaged > 0) message += " (" + counted(damaged, "damaged packet") + ")";
  return message;
}

}  // namespace

std::unique_ptr<FrameSource> open_video(const std::filesystem::path& file,
                                        const VideoReading& reading) {
  // What libav would print belongs to warnings() and to errors.
  av_log_set_level(AV_LOG_QUIET);
  return std::make_unique<VideoReader>(file, reading);
}

}  // namespace rollingdepth
