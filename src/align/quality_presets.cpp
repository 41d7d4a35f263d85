#include <array>
#include <cmath>
#include <sstream>

#include "rollingdepth/align/co_align.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/base/suggestion.hpp"

namespace rollingdepth {
namespace {

struct QualityPreset {
  std::string_view name;
  int patience;
  int min_steps;
  double threshold;
  int max_steps;
};

// `paper` never stops early, so its other limits are idle.
constexpr std::array<QualityPreset, 6> kQualityPresets = {{
    {"ultra_fast", 20, 300, 5e-4, 400},
    {"fast", 30, 500, 1e-4, 700},
    {"balanced", 50, 800, 5e-5, 1200},
    {"quality", 200, 1500, 1e-6, 2000},
    {"ultra_quality", 500, 2500, 1e-7, 3000},
    {"paper", 0, 0, 0, 2000},
}};

template <class Value>
void require(bool holds, std::string_view field, Value value, std::string_view range) {
  if (holds) return;
  std::ostringstream message;
  message << "alignment option " << field << " is " << value << ", must be " << range;
  throw Error(ErrorKind::kUsage, message.str());
}

}  // namespace

void CoAlignOptions::validate() const {
  require(max_steps >= 1, "max_steps", max_steps, "at least 1");
  require(min_steps >= 0, "min_steps", min_steps, "at least 0");
  require(patience >= 0, "patience", patience, "at least 0");
  require(patience == 0 || (threshold > 0 && std::isfinite(threshold)), "threshold", threshold,
          "above 0 where patience is");
  require(learning_rate > 0 && std::isfinite(learning_rate), "learning_rate", learning_rate,
          "above 0");
  require(stride_px >= 1, "stride_px", stride_px, "at least 1");
  require(border_px >= 0, "border_px", border_px, "at least 0");
}

std::vector<std::string> quality_names() {
  std::vector<std::string> names;
  for (const QualityPreset& preset : kQualityPresets) names.emplace_back(preset.name);
  return names;
}

CoAlignOptions co_align_options(std::string_view quality) {
  for (const QualityPreset& preset : kQualityPresets) {
    if (preset.name != quality) continue;
    CoAlignOptions options;
    options.patience = preset.patience;
    options.min_steps = preset.min_steps;
    options.threshold = preset.threshold;
    options.max_steps = preset.max_steps;
    return options;
  }
  const std::vector<std::string> names = quality_names();
  std::string message = "unknown quality '" + std::string(quality) + "'";
  message += did_you_mean(quality, names) + "; known are";
  for (const std::string& name : names) message += (name == names.front() ? " " : ", ") + name;
  throw Error(ErrorKind::kUsage, message);
}

}  // namespace rollingdepth
