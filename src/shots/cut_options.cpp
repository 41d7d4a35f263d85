#include <string>

#include "base/formatted.hpp"
#include "base/read_setting.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"
#include "shots/cut_detector.hpp"

namespace rollingdepth {
namespace {

// NaN is within nothing.
void require_real_within(const std::string& option, double value, double smallest, double largest) {
  if (value >= smallest && value <= largest) return;
  throw Error(ErrorKind::kUsage,
              option + formatted(": %g is not within %g to %g", value, smallest, largest));
}

}  // namespace

void CutOptions::validate(const std::string& prefix) const {
  if (!(threshold > 0)) {
    throw Error(ErrorKind::kUsage, prefix + "threshold: must be greater than 0");
  }
  require_within(prefix + "window", window, 1, kMaxCutWindow);
  require_real_within(prefix + "least-content", least_content, 0, 255);
  require_real_within(prefix + "least-seconds", least_seconds, 0, kMaxLeastSeconds);
  require_real_within(prefix + "fade-luma", fade_luma, 0, 255);
  require_within(prefix + "flash-frames", flash_frames, 0, kMaxFlashFrames);
}

Settings CutOptions::settings() const {
  return {{"threshold", threshold},         {"window", window},
          {"least_content", least_content}, {"least_seconds", least_seconds},
          {"fade_luma", fade_luma},         {"flash_frames", flash_frames}};
}

bool CutOptions::set(const std::string& name, const Settings& value) {
  if (name == "threshold") {
    read_setting(name, value, threshold);
  } else if (name == "window") {
    read_setting(name, value, window);
  } else if (name == "least_content") {
    read_setting(name, value, least_content);
  } else if (name == "least_seconds") {
    read_setting(name, value, least_seconds);
  } else if (name == "fade_luma") {
    read_setting(name, value, fade_luma);
  } else if (name == "flash_frames") {
    read_setting(name, value, flash_frames);
  } else {
    return false;
  }
  return true;
}

}  // namespace rollingdepth
