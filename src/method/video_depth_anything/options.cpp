#include "method/video_depth_anything/options.hpp"

#include <array>
#include <utility>

#include "base/named_values.hpp"
#include "base/read_setting.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::vda {
namespace {

constexpr std::array<std::pair<Mode, const char*>, 2> kModes = {
    {{Mode::kOffline, "offline"}, {Mode::kStreaming, "streaming"}}};

}  // namespace

Mode parse_mode(std::string_view name) { return value_of(kModes, "mode", name); }

std::string to_string(Mode mode) { return name_of(kModes, mode); }

void Options::validate() const {
  clip.validate();
  require_within("--max-vae-bs", frames_per_call, 0, kMaxFrames);
}

Settings Options::settings() const {
  Settings json = clip.settings();
  json.erase("resample_method");
  json["mode"] = to_string(mode);
  json["max_vae_bs"] = frames_per_call;
  return json;
}

void Options::set(const Settings& settings) {
  std::string named = to_string(mode);
  for (const auto& [name, value] : settings.items()) {
    if (name == "mode") {
      read_setting(name, value, named);
    } else if (name == "max_vae_bs") {
      read_setting(name, value, frames_per_call);
    } else if (name == "resample_method" || !clip.set(name, value)) {
      throw Error(ErrorKind::kUsage, "Video-Depth-Anything has no setting '" + name + "'");
    }
  }
  mode = parse_mode(named);
}

}  // namespace rollingdepth::vda
