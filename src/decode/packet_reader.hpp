#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "media/libav.hpp"

namespace rollingdepth {

/// Times of two key frames that follow one another, or nearly.
struct KeyFrames {
  std::int64_t before_pts = 0;
  std::int64_t last_pts = 0;
};

/// Opens a container and reads the packets of its video stream, front to back.
///
/// A few hundred packets are read ahead when the file is opened, so that something is known of the
/// frames' number and spacing before the first one is decoded, without seeking. Not thread-safe.
class PacketReader {
 public:
  /// @param max_pixels of a frame, before memory is taken for it.
  /// @throws Error(kInput) naming the file: unreadable, not a video, no video stream, encrypted,
  /// too large.
  PacketReader(const std::filesystem::path& file, std::int64_t max_pixels);

  /// The next packet, or null at the end of what can be read.
  PacketPtr next();

  /// Whether the file is of a kind in which jump() may find its way.
  [[nodiscard]] bool can_jump() const;
  /// Makes next() give a key frame before the last one that is shown at `pts` or earlier, and what
  /// follows.
  /// @return the times of both; nothing where there are no two, or the file does not tell for
  ///         certain: then the reader is used up.
  std::optional<KeyFrames> jump(std::int64_t pts);

  [[nodiscard]] AVFormatContext& format() const { return *format_; }
  [[nodiscard]] AVStream& stream() const { return *stream_; }

  /// Frames that the container promises.
  [[nodiscard]] std::optional<std::int64_t> frames_estimate() const { return frames_estimate_; }
  /// Whether that is a count of pictures: listed in an index, or read ahead to the end where the
  /// codec's packets are one picture each.
  [[nodiscard]] bool frames_exact() const { return frames_exact_; }
  /// Whether presentation times vary, as far as the container's index and the packets read ahead
  /// show; for what is said before frames are read.
  [[nodiscard]] bool variable_frame_rate() const { return variable_frame_rate_; }

  /// Packets that the container itself reported as unreadable.
  [[nodiscard]] std::int64_t damaged_packets() const { return damaged_packets_; }
  /// Why reading stopped before the end, once it did.
  [[nodiscard]] const std::optional<std::string>& early_end() const { return early_end_; }

 private:
  PacketPtr read();
  PacketPtr key_frame_at(std::int64_t time);
  void read_ahead();
  void note_time(const AVPacket& packet);
  void note_end(int code);
  void survey_timing();

  InputFormatPtr format_;
  AVStream* stream_ = nullptr;  ///< Owned by format_.
  std::deque<PacketPtr> ahead_;
  bool ended_ = false;
  bool encrypted_ = false;
  std::int64_t packets_read_ = 0;
  std::optional<std::int64_t> earliest_time_us_;  ///< Where the first packet of any stream begins.
  std::int64_t latest_time_us_ = 0;               ///< Where the last one ends.
  std::int64_t damaged_packets_ = 0;
  std::optional<std::string> early_end_;
  std::optional<std::int64_t> frames_estimate_;
  bool frames_exact_ = false;
  bool variable_frame_rate_ = false;
};

}  // namespace rollingdepth
