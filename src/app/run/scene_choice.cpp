#include "app/run/scene_choice.hpp"

#include <xxhash.h>

#include "jobs/job_identity.hpp"
#include "rollingdepth/error.hpp"
#include "shots/scene_files.hpp"

namespace rollingdepth {

void SceneChoice::choose(const std::string& word) {
  if (word.empty()) {
    throw Error(ErrorKind::kUsage, "--scenes: '' is neither auto, none nor a file");
  }
  kind = word == "auto" ? Kind::kAuto : word == "none" ? Kind::kNone : Kind::kFile;
  if (kind == Kind::kFile) file = word;
}

void SceneChoice::read_file() {
  file_cuts = read_scene_file(file);
  file_mark =
      std::to_string(file_cuts.size()) + " cuts, " +
      hexadecimal(XXH3_64bits(file_cuts.data(), file_cuts.size() * sizeof(Cuts::value_type)));
}

void SceneChoice::require_fit(std::size_t clips) const {
  if (kind != Kind::kFile || clips < 2) return;
  throw Error(ErrorKind::kUsage,
              "--scenes: the file is of one clip, and there are " + std::to_string(clips));
}

Settings SceneChoice::settings() const {
  Settings json = Settings::object();
  if (*kind == Kind::kNone) return json;
  json["scenes"] = *kind == Kind::kAuto ? "auto" : file_mark;
  if (*kind == Kind::kAuto) {
    const Settings found = cuts.settings();
    for (const auto& [name, value] : found.items()) json["scene_" + name] = value;
  }
  if (one_range) json["range"] = "clip";
  return json;
}

}  // namespace rollingdepth
