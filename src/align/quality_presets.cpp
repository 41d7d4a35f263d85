#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "align/co_align.hpp"
#include "base/error.hpp"
#include "base/suggestion.hpp"

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

template <class Value>
void require(bool holds, std::string_view field, Value value, std::string_view range) {
  if (holds) return;
  std::ostringstream message;
  message << "alignment option " << field << " is " << value << ", must be " << range;
  throw Error(ErrorKind::kUsage, message.str());
}

}  // namespace

int CoAlignOptions::sample_stride_px(std::int64_t height_px, std::int64_t width_px,
                                     std::int64_t maps) const {
  if (stride_px > 0) return stride_px;
  // What alignment_samples keeps of an axis.
  const auto kept = [this](std::int64_t size, std::int64_t stride) {
    const std::int64_t cropped = size - 2 * std::min<std::int64_t>(border_px, (size - 1) / 2);
    return (cropped + stride - 1) / stride;
  };
  const auto samples = [&](std::int64_t stride) {
    return kept(height_px, stride) * kept(width_px, stride);
  };
  std::int64_t stride = 1;
  while (samples(stride) > 1 && samples(stride + 1) >= samples_per_map) ++stride;
  const std::int64_t most = max_sample_bytes / static_cast<std::int64_t>(sizeof(float));
  while (samples(stride) > 1 && samples(stride) > most / std::max<std::int64_t>(maps, 1)) ++stride;
  return static_cast<int>(stride);
}

void CoAlignOptions::validate() const {
  require(border_px >= 0, "border_px", border_px, "at least 0");
  require(stride_px >= 0, "stride_px", stride_px, "at least 0");
  require(samples_per_map >= 1, "samples_per_map", samples_per_map, "at least 1");
  require(max_sample_bytes >= 1, "max_sample_bytes", max_sample_bytes, "at least 1");
  require(max_rounds >= 1, "max_rounds", max_rounds, "at least 1");
  require(tolerance >= 0, "tolerance", tolerance, "at least 0");
  require(max_steps >= 1, "max_steps", max_steps, "at least 1");
  require(min_steps >= 0, "min_steps", min_steps, "at least 0");
  require(patience >= 0, "patience", patience, "at least 0");
  require(patience == 0 || (threshold > 0 && std::isfinite(threshold)), "threshold", threshold,
          "above 0 where patience is");
  require(learning_rate > 0 && std::isfinite(learning_rate), "learning_rate", learning_rate,
          "above 0");
}

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
