#include "base/read_setting.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

void ClipOptions::validate() const {
  require_within("--start-frame", start_frame, 0, kMaxFrames);
  require_within("--frame-count", frame_count, 0, kMaxFrames);
  if (res_px != 0) require_within("--res", res_px, kMinResolutionPx, kMaxResolutionPx);
}

Settings ClipOptions::settings() const {
  return {{"start_frame", start_frame},
          {"frame_count", frame_count},
          {"res", res_px},
          {"restore_res", restore_res},
          {"resample_method", to_string(resample)}};
}

bool ClipOptions::set(const std::string& name, const Settings& value) {
  std::string method = to_string(resample);
  if (name == "start_frame") {
    read_setting(name, value, start_frame);
  } else if (name == "frame_count") {
    read_setting(name, value, frame_count);
  } else if (name == "res") {
    read_setting(name, value, res_px);
  } else if (name == "restore_res") {
    read_setting(name, value, restore_res);
  } else if (name == "resample_method") {
    read_setting(name, value, method);
    resample = parse_resample_method(method);
  } else {
    return false;
  }
  return true;
}

}  // namespace rollingdepth
