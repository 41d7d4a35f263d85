#include "app/run/options.hpp"

#include <algorithm>

#include "app/alignment_options.hpp"
#include "base/error.hpp"
#include "base/suggestion.hpp"
#include "write/colormap.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kMaxSnippetLength = 4;

void require_known(const std::string& option, const std::string& value,
                   const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  std::string list;
  for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
  std::string hint = did_you_mean(value, known);
  // A long list, such as the colour maps, has a command of its own.
  if (hint.empty() && list.size() <= 80) hint = " (one of " + list + ")";
  throw Error(ErrorKind::kUsage, option + ": unknown value '" + value + "'" + hint);
}

void require_at_least(const std::string& option, std::int64_t value, std::int64_t smallest) {
  if (value >= smallest) return;
  throw Error(ErrorKind::kUsage, option + ": " + std::to_string(value) +
                                     " is too small (at least " + std::to_string(smallest) + ")");
}

void require_at_most(const std::string& option, std::int64_t value, std::int64_t largest) {
  if (value <= largest) return;
  throw Error(ErrorKind::kUsage, option + ": " + std::to_string(value) + " is too large (at most " +
                                     std::to_string(largest) + ")");
}

void require_within(const std::string& option, std::int64_t value, std::int64_t smallest,
                    std::int64_t largest) {
  require_at_least(option, value, smallest);
  require_at_most(option, value, largest);
}

void require_length(const std::string& option, std::int64_t value) {
  if (value >= 1 && value <= kMaxSnippetLength) return;
  throw Error(ErrorKind::kUsage, option + ": " + std::to_string(value) + " is not within 1 to " +
                                     std::to_string(kMaxSnippetLength));
}

void require_dilations(const std::vector<std::int64_t>& dilations) {
  for (const std::int64_t dilation : dilations) {
    require_within("--dilations", dilation, 1, kMaxFrames);
  }
  if (std::find(dilations.begin(), dilations.end(), 1) != dilations.end()) return;
  const std::string asked = join_numbers(dilations);
  throw Error(ErrorKind::kUsage,
              "--dilations: " + asked + " lacks 1, which covers every frame (add 1)");
}

void require_chunks(const RunOptions& options) {
  if (options.chunk_frames == 0) {
    if (!options.chunk_overlap) return;
    throw Error(ErrorKind::kUsage, "--chunk-overlap: needs --chunk-frames");
  }
  require_within("--chunk-frames", options.chunk_frames, 2 * kMaxSnippetLength, kMaxFrames);
  if (options.chunk_overlap) {
    require_at_least("--chunk-overlap", *options.chunk_overlap, 1);
    if (*options.chunk_overlap > options.chunk_frames / 2) {
      throw Error(ErrorKind::kUsage, "--chunk-overlap: " + std::to_string(*options.chunk_overlap) +
                                         " is more than half of --chunk-frames");
    }
  }
  if (options.writes("snippets")) {
    throw Error(ErrorKind::kUsage, "--chunk-frames and --save-snippets exclude each other");
  }
}

std::string shown(bool value) { return value ? "true" : "false"; }
std::string shown(std::int64_t value) { return std::to_string(value); }
std::string shown(const std::string& value) { return value; }
std::string shown(const std::vector<std::int64_t>& value) { return join_numbers(value); }

/// Lays options over a preset and notes what changes.
class PresetOverlay {
 public:
  PresetOverlay(const Preset& preset, std::vector<std::string>& notices)
      : preset_(preset), notices_(notices) {}

  template <class Value>
  Value choose(const std::string& option, const std::optional<Value>& chosen,
               const Value& preset_value) const {
    if (!chosen) return preset_value;
    if (preset_.announces_overrides && *chosen != preset_value) {
      notices_.push_back(option + " " + shown(*chosen) + " replaces " + shown(preset_value) +
                         " of preset " + preset_.name);
    }
    return *chosen;
  }

 private:
  const Preset& preset_;
  std::vector<std::string>& notices_;
};

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> table = {
      {.name = "fast", .res_px = 768, .dilations = {1, 25}},
      {.name = "fast1024", .res_px = 1024, .dilations = {1, 25}},
      {.name = "full", .res_px = 1024, .dilations = {1, 10, 25}, .refine_steps = 10},
      {.name = "paper",
       .res_px = 768,
       .dilations = {1, 10, 25},
       .cap_dilation = false,
       .dtype = "fp32",
       .refine_steps = 10},
      {.name = "none", .res_px = 768, .dilations = {1, 25}, .announces_overrides = false},
  };
  return table;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.push_back(preset.name);
  return names;
}

const Preset& find_preset(std::string_view name) {
  require_known("--preset", std::string(name), preset_names());
  return *std::find_if(presets().begin(), presets().end(),
                       [&](const Preset& preset) { return preset.name == name; });
}

std::vector<std::string> dtype_option_names() { return {"auto", "fp32", "fp16", "bf16"}; }

std::string join_numbers(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const std::int64_t number : numbers) {
    if (!text.empty()) text += ' ';
    text += std::to_string(number);
  }
  return text;
}

bool RunOptions::writes(std::string_view format) const {
  const auto found = outputs.find(format);
  if (found != outputs.end()) return found->second;
  return output_format(format).kind == OutputOption::kColormaps && !colormaps.empty();
}

void RunOptions::validate() const {
  find_preset(preset);
  require_known("--quality", quality, quality_names());
  if (dtype) require_known("--dtype", *dtype, dtype_option_names());
  for (const std::string& name : colormaps) require_known("--cmap", name, colormap_names());
  require_within("--start-frame", start_frame, 0, kMaxFrames);
  require_within("--frame-count", frame_count, 0, kMaxFrames);
  require_at_least("--max-pixels", max_pixels, 1);
  if (res_px && *res_px != 0) require_within("--res", *res_px, kMinResolutionPx, kMaxResolutionPx);
  if (dilations) require_dilations(*dilations);
  if (snippet_length) require_length("--snip-len", *snippet_length);
  if (refine_steps) require_within("--refine-step", *refine_steps, 0, kMaxRefineSteps);
  if (refine_snippet_length) require_length("--refine-snippet-len", *refine_snippet_length);
  if (refine_start_dilation) {
    require_within("--refine-start-dilation", *refine_start_dilation, 1, kMaxFrames);
  }
  require_at_least("--seed", seed, 0);
  if (memory_limit_bytes) {
    constexpr std::int64_t kSmallestLimit = 1'000'000;
    require_at_least("--memory-limit", *memory_limit_bytes, kSmallestLimit);
  }
  require_chunks(*this);
  require_within("--max-vae-bs", max_vae_frames, 0, kMaxFrames);
  if (output_fps && !output_fps->positive()) {
    throw Error(ErrorKind::kUsage, "--fps: must be greater than 0");
  }
  if (quiet && verbose) {
    throw Error(ErrorKind::kUsage, "--quiet and --verbose exclude each other");
  }
}

ResolvedOptions resolve_options(const RunOptions& run, std::optional<std::int64_t> preferred_res) {
  run.validate();
  const Preset& preset = find_preset(run.preset);
  ResolvedOptions resolved;
  const PresetOverlay overlay(preset, resolved.notices);
  PipelineOptions& pipeline = resolved.pipeline;

  pipeline.res_px = overlay.choose("--res", run.res_px, preset.res_px);
  if (!run.res_px && preferred_res) pipeline.res_px = *preferred_res;
  pipeline.dilations = overlay.choose("--dilations", run.dilations, preset.dilations);
  pipeline.cap_dilation = overlay.choose("--cap-dilation", run.cap_dilation, preset.cap_dilation);
  pipeline.snippet_length = overlay.choose("--snip-len", run.snippet_length, preset.snippet_length);
  resolved.dtype = overlay.choose("--dtype", run.dtype, preset.dtype);

  pipeline.start_frame = run.start_frame;
  pipeline.frame_count = run.frame_count;
  pipeline.restore_res = run.restore_res;
  pipeline.resample = run.resample;
  pipeline.batch.vae_frames = run.max_vae_frames;
  pipeline.seed = run.seed;
  pipeline.align = co_align_options(run.quality, run.aligner);
  pipeline.merge = run.merge.value_or(default_merge(run.aligner));
  if (run.memory_limit_bytes) {
    const std::int64_t limit = *run.memory_limit_bytes;
    pipeline.spool.memory_limit_bytes = std::min(pipeline.spool.memory_limit_bytes, limit);
    pipeline.align.max_sample_bytes = std::min(pipeline.align.max_sample_bytes, limit);
  }
  if (run.unload_snippet) pipeline.spool.memory_limit_bytes = 0;
  pipeline.spool_dtype = run.spool_dtype;
  pipeline.chunk_frames = run.chunk_frames;
  if (run.chunk_frames > 0) {
    pipeline.chunk_overlap = run.chunk_overlap.value_or(default_chunk_overlap(run.chunk_frames));
  }

  RefineOptions& refine = pipeline.refine;
  refine.steps = overlay.choose("--refine-step", run.refine_steps, preset.refine_steps);
  refine.snippet_length = overlay.choose("--refine-snippet-len", run.refine_snippet_length,
                                         preset.refine_snippet_length);
  refine.start_dilation = overlay.choose("--refine-start-dilation", run.refine_start_dilation,
                                         preset.refine_start_dilation);
  refine.cap_dilation = pipeline.cap_dilation;
  return resolved;
}

}  // namespace rollingdepth
