#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "rollingdepth/clip.hpp"
#include "shots/cuts.hpp"

namespace rollingdepth {

/// What a file of scenes says of a clip.
struct SceneList {
  Cuts cuts;
  /// Where the last scene ends, exclusive: of a whole clip, its frames. Unset: the file does not
  /// say.
  std::optional<std::int64_t> end;
};

/// Reads the cuts of a whole clip from a file of PySceneDetect (CSV, its frames from 1) or of Av1an
/// (scenes.json, ends exclusive); what it holds decides, not its name. Scenes follow each other
/// without a gap. Where the first does not begin with the clip, what lies before is a scene of its
/// own. The file may be of another clip: cuts may lie behind its end.
/// @throws Error(kInput) naming the file, the line, and what is wrong.
SceneList read_scene_file(const std::filesystem::path& file);

/// What is written of the shots of a clip. Frames are counted from the clip's first.
struct Scenes {
  Cuts cuts;
  std::int64_t frames = 0;  ///< Where the last scene ends, exclusive: of a whole clip, its frames.
  Rational frame_rate;      ///< Positive.
  std::string clip;         ///< Its name.
  std::int64_t first = 0;   ///< Where the first scene begins; below all cuts.
};

/// As PySceneDetect writes its list of scenes.
void write_scene_csv(std::ostream& out, const Scenes& scenes);
/// As Av1an does.
void write_scene_json(std::ostream& out, const Scenes& scenes);
/// An edit decision list, CMX 3600. Timecode is non-drop, and counts the nearest whole number of
/// frames a second; a comment says so where the rate is another.
void write_scene_edl(std::ostream& out, const Scenes& scenes);

}  // namespace rollingdepth
