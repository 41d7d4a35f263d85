#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sound/sound_packets.hpp"

namespace rollingdepth {

/// A track of sound that goes into videos.
struct WrittenTrack {
  int stream = 0;  ///< Its number in the input.
  bool copied = false;
  std::string name;   ///< sound_name().
  std::string codec;  ///< Of the input, as libav calls it.
  std::string language = {};
};

struct SoundSurvey {
  std::vector<WrittenTrack> tracks;  ///< Those that are heard while the clip is shown.
  std::vector<std::string> remarks;  ///< What is lost, one line each.
};

/// Reads all packets once: tracks that cannot be decoded are left out. Those that are to be copied
/// are put into a container that is thrown away, and made AAC instead where it refuses one of the
/// packets, where the clock jumps, or where packets are missing: players differ in what they make
/// of holes.
/// @param packets       used up.
/// @param check_cancelled throws where the user asked to stop; may be empty.
SoundSurvey survey_sound(SoundPackets& packets, const std::function<void()>& check_cancelled);

/// What the headers alone tell, for what is said beforehand.
std::vector<WrittenTrack> listed_tracks(const SoundPackets& packets);

}  // namespace rollingdepth
