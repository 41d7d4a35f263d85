#include "app/run/scene_choice.hpp"

#include <xxhash.h>

#include "jobs/sealed_json.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

void SceneChoice::choose(const std::string& word) {
  if (word.empty()) {
    throw Error(ErrorKind::kUsage, "--scenes: '' is neither auto, none nor a file");
  }
  kind = word == "auto" ? Kind::kAuto : word == "none" ? Kind::kNone : Kind::kFile;
  if (kind == Kind::kFile) file = word;
}

void SceneChoice::read_file() {
  listed = read_scene_file(file);
  const Cuts& cuts_listed = listed.cuts;
  file_mark =
      std::to_string(cuts_listed.size()) + " cuts, " +
      hexadecimal(XXH3_64bits(cuts_listed.data(), cuts_listed.size() * sizeof(Cuts::value_type)));
}

void SceneChoice::require_fit(std::size_t clips) const {
  if (kind != Kind::kFile || clips < 2) return;
  throw Error(ErrorKind::kUsage,
              "--scenes: the file is of one clip, and there are " + std::to_string(clips));
}

void SceneChoice::require_frames(const std::string& clip, std::int64_t frames) const {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::kInput, file.string() + ": " + what + ", and " + clip + " has " +
                                       std::to_string(frames) + " frames: it is of another clip");
  };
  if (!listed.cuts.empty() && listed.cuts.back() >= frames) {
    refuse("a shot begins with frame " + std::to_string(listed.cuts.back()));
  }
  if (listed.end && *listed.end > frames) {
    refuse("its scenes have " + std::to_string(*listed.end) + " frames");
  }
}

Cuts SceneChoice::listed_cuts(std::int64_t start, std::int64_t frames) const {
  Cuts within;
  for (const std::int64_t cut : listed.cuts) {
    if (cut > start && cut < start + frames) within.push_back(cut - start);
  }
  return within;
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
