#pragma once

#include <filesystem>
#include <iosfwd>

#include "rollingdepth/clip.hpp"
#include "shots/cuts.hpp"

namespace rollingdepth {

/// Reads the cuts of a whole clip from a file of PySceneDetect (CSV, its frames from 1) or of Av1an
/// (scenes.json, ends exclusive).
/// @throws Error(kInput) naming the file, the line, and what is wrong.
Cuts read_scene_file(const std::filesystem::path& file);

/// What is written of the shots of a clip.
struct Scenes {
  Cuts cuts;
  std::int64_t frames = 0;  ///< Of the clip, >= 1.
  Rational frame_rate;
  std::string clip;  ///< Its name.
};

/// As PySceneDetect writes its list of scenes.
void write_scene_csv(std::ostream& out, const Scenes& scenes);
/// As Av1an does.
void write_scene_json(std::ostream& out, const Scenes& scenes);
/// An edit decision list, CMX 3600.
void write_scene_edl(std::ostream& out, const Scenes& scenes);

}  // namespace rollingdepth
