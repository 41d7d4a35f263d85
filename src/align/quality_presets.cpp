#include <array>

#include "align/co_align.hpp"
#include "base/suggestion.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr int kOriginalStridePx = 10;

struct QualityPreset {
  std::string_view name;
  // irls
  std::int64_t samples_per_map;
  int max_rounds;
  double tolerance;
  // adam. Source: the presets of the original implementation.
  int patience;
  int min_steps;
  double threshold;
  int max_steps;
};

// `paper` never stops Adam early, so its other limits are idle. Measured in docs/alignment.md.
constexpr std::array<QualityPreset, 6> kQualityPresets = {{
    {"ultra_fast", 512, 3, 1e-1, 20, 300, 5e-4, 400},
    {"fast", 1024, 5, 5e-2, 30, 500, 1e-4, 700},
    {"balanced", 4096, 10, 1e-2, 50, 800, 5e-5, 1200},
    {"quality", 16384, 20, 1e-3, 200, 1500, 1e-6, 2000},
    {"ultra_quality", 65536, 40, 1e-4, 500, 2500, 1e-7, 3000},
    {"paper", 65536, 40, 1e-4, 0, 0, 0, 2000},
}};

}  // namespace

std::vector<std::string> quality_names() {
  std::vector<std::string> names;
  for (const QualityPreset& preset : kQualityPresets) names.emplace_back(preset.name);
  return names;
}

CoAlignOptions co_align_options(std::string_view quality, Aligner aligner) {
  for (const QualityPreset& preset : kQualityPresets) {
    if (preset.name != quality) continue;
    CoAlignOptions options;
    options.aligner = aligner;
    options.stride_px = aligner == Aligner::kAdam ? kOriginalStridePx : 0;
    options.samples_per_map = preset.samples_per_map;
    options.max_rounds = preset.max_rounds;
    options.tolerance = preset.tolerance;
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
