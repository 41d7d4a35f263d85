#include "method/gemdepth/options.hpp"

#include <string>

#include "base/read_setting.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::gemdepth {

void Options::validate() const {
  clip.validate();
  if (window_frames != 32 && window_frames != 16 && window_frames != 8) {
    throw Error(ErrorKind::kUsage,
                "--window: " + std::to_string(window_frames) + " is none of 32, 16 and 8");
  }
  require_within("--max-vae-bs", frames_per_call, 0, kMaxFrames);
}

Settings Options::settings() const {
  Settings json = clip.settings();
  json.erase("resample_method");
  json["pose"] = pose;
  json["window"] = window_frames;
  json["max_vae_bs"] = frames_per_call;
  return json;
}

void Options::set(const Settings& settings) {
  for (const auto& [name, value] : settings.items()) {
    if (name == "pose") {
      read_setting(name, value, pose);
    } else if (name == "window") {
      read_setting(name, value, window_frames);
    } else if (name == "max_vae_bs") {
      read_setting(name, value, frames_per_call);
    } else if (name == "resample_method" || !clip.set(name, value)) {
      throw Error(ErrorKind::kUsage, "GemDepth has no setting '" + name + "'");
    }
  }
}

}  // namespace rollingdepth::gemdepth
