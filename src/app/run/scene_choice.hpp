#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "rollingdepth/method.hpp"
#include "shots/cut_detector.hpp"
#include "shots/scene_files.hpp"

namespace rollingdepth {

/// How the clip of a run is divided into shots.
struct SceneChoice {
  enum class Kind { kAuto, kNone, kFile };
  std::optional<Kind> kind;    ///< Unset: by the preset.
  std::filesystem::path file;  ///< Of kFile.
  CutOptions cuts;             ///< Of kAuto.
  bool one_range = false;      ///< As ClipRunOptions.
  /// What identities say of the cuts in a file, once that is read or a job tells.
  std::string file_mark = {};
  SceneList listed = {};  ///< In the file, of the whole clip.

  /// auto, none, or a file. @throws Error(kUsage) for an empty word.
  void choose(const std::string& word);
  /// Reads the file. @throws Error(kInput).
  void read_file();
  /// @throws Error(kUsage) for a file and more clips than one.
  void require_fit(std::size_t clips) const;
  /// @param clip its name. @param frames of all of it.
  /// @throws Error(kInput) where the file lists frames that it does not have.
  void require_frames(const std::string& clip, std::int64_t frames) const;
  /// Cuts of the file within the frames [start, start + frames) of a clip, counted from `start`.
  [[nodiscard]] Cuts listed_cuts(std::int64_t start, std::int64_t frames) const;
  /// Every value that moves a cut or a pixel, by name; empty of kNone, which is as runs were before
  /// there were shots. REQUIRES: kind is set, the file is read.
  [[nodiscard]] Settings settings() const;
};

}  // namespace rollingdepth
