#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rollingdepth/clip.hpp"
#include "sound/sound_packets.hpp"
#include "sound/sound_survey.hpp"
#include "sound/sound_track.hpp"

namespace rollingdepth {

/// What accompanies the pictures of one MP4 file: sound, chapters, title and the like. Read from
/// the input while the file is written, as far as its pictures go. Not thread-safe.
class SoundFeed {
 public:
  /// @throws Error(kInput) where the file cannot be opened again.
  SoundFeed(const std::filesystem::path& file, std::int64_t max_pixels, const ClipClock& clock,
            const std::vector<WrittenTrack>& tracks);

  /// Adds streams and descriptions to a container, before its header is written.
  /// @param muxer borrowed. @param take gets the packets, which interleave as they are.
  void begin(AVFormatContext& muxer, const TakePacket& take);
  /// Once the header is written: hands over what begins before that time of the pictures.
  void write_until(std::int64_t time_us);
  /// Hands over the rest.
  void finish();

 private:
  void write_next();

  SoundPackets packets_;
  std::vector<std::unique_ptr<SoundTrack>> tracks_;  // By the number of the stream in the input.
  std::int64_t reached_us_ = -2 * kSoundPrerollUs;
  bool ended_ = false;
};

/// The sound of an input, for all files that are made of it. Not thread-safe.
class ClipSound {
 public:
  struct Options {
    std::int64_t max_pixels = kDefaultMaxPixels;
    bool with_sound = true;
    bool with_times = true;  ///< Else nothing that depends on when a frame is shown: no chapters.
    std::function<void()> check_cancelled = {};  ///< Throws where the user asked to stop.
  };

  ClipSound(std::filesystem::path file, Options options)
      : file_(std::move(file)), options_(std::move(options)) {}

  /// For one file. Reads all of the sound the first time. @return null where it cannot be read,
  /// which remarks() tell.
  std::shared_ptr<SoundFeed> feed(const ClipClock& clock);

  /// Of what was fed.
  [[nodiscard]] const std::vector<WrittenTrack>& tracks() const { return survey_.tracks; }
  /// What is lost, one line each.
  [[nodiscard]] const std::vector<std::string>& remarks() const { return survey_.remarks; }

 private:
  void survey(const ClipClock& clock);

  std::filesystem::path file_;
  Options options_;
  bool surveyed_ = false;
  SoundSurvey survey_;
};

/// What the headers of a file tell of its sound; nothing where they cannot be read.
std::vector<WrittenTrack> list_sound(const std::filesystem::path& file, std::int64_t max_pixels);

}  // namespace rollingdepth
