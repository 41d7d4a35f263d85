#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "media/libav.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// What is read before the start of a clip, for decoders that need some packets to find in.
inline constexpr std::int64_t kSoundPrerollUs = 500'000;

/// A packet of sound that is heard while a clip is shown, or shortly before.
struct SoundPacket {
  PacketPtr packet;            ///< Times as the file has them.
  std::int64_t begin_us = 0;   ///< On the clock of what is written; below 0 before its start.
  std::int64_t length_us = 0;  ///< As the container tells; 0 where it does not.
};

/// Where the times of one stream lie on the clock of what is written.
class ClockFollower {
 public:
  /// @param clock borrowed, with a piece at least.
  explicit ClockFollower(const ClipClock& clock) : clock_(&clock) {}

  /// The time on the clock of what is written; nothing for what is not heard. Times come in the
  /// order of the file: after a step back a later piece counts where several have the time.
  std::optional<std::int64_t> follow(std::int64_t input_us);

 private:
  [[nodiscard]] bool has(std::size_t piece, std::int64_t input_us) const;

  const ClipClock* clock_;
  std::size_t piece_ = 0;
  std::optional<std::int64_t> last_us_;
};

/// Reads the sound of a file that belongs to a clip, all tracks, front to back. Not thread-safe.
class SoundPackets {
 public:
  /// @param max_pixels of a picture in the file, before memory is taken for it.
  /// @param clock of the clip; without pieces there is no packet.
  /// @throws Error(kInput) where the file cannot be opened.
  SoundPackets(const std::filesystem::path& file, std::int64_t max_pixels, ClipClock clock);

  // The followers of clock_ stay where it is.
  SoundPackets(const SoundPackets&) = delete;
  SoundPackets& operator=(const SoundPackets&) = delete;

  [[nodiscard]] AVFormatContext& format() const { return *format_; }
  /// The streams that are sound, of the programme that the pictures belong to.
  [[nodiscard]] const std::vector<AVStream*>& tracks() const { return tracks_; }
  [[nodiscard]] const ClipClock& clock() const { return clock_; }

  /// Nothing after the last one. What cannot be read is skipped.
  std::optional<SoundPacket> next();

 private:
  void choose_tracks();
  void go_near_start();
  std::optional<SoundPacket> placed(PacketPtr packet);

  struct Track {
    ClockFollower follower;
    std::optional<std::int64_t> next_us = std::nullopt;  // Where the packet before ends.
  };

  ClipClock clock_;
  InputFormatPtr format_;
  AVStream* video_ = nullptr;
  std::vector<AVStream*> tracks_;
  std::vector<std::optional<Track>> followed_;  // By the number of the stream.
  bool ended_ = false;
};

/// The number of a track among those of its file, from 1 on, its codec and its language:
/// "audio track 2 (ac3, eng)".
std::string sound_name(const std::vector<AVStream*>& tracks, const AVStream& track);

}  // namespace rollingdepth
