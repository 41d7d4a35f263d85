#include "app/run/options.hpp"

#include <algorithm>

#include "app/alignment_options.hpp"
#include "app/console.hpp"
#include "app/option_values.hpp"
#include "app/run/method_options.hpp"
#include "base/suggestion.hpp"
#include "rollingdepth/error.hpp"
#include "write/colormap.hpp"

namespace rollingdepth {
namespace {

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

void validate_scenes(const RunOptions& run) {
  const SceneChoice& scenes = run.scenes;
  scenes.cuts.validate("--scene-");
  const bool divides = scenes.kind && scenes.kind != SceneChoice::Kind::kNone;
  if (divides && run.writes("snippets")) {
    throw Error(ErrorKind::kUsage,
                "--scenes and --save-snippets exclude each other: snippets are kept of a clip in "
                "one piece");
  }
  if (scenes.kind != SceneChoice::Kind::kFile) return;
  if (run.target_fps) {
    throw Error(ErrorKind::kUsage,
                "--scenes: a file counts all frames, and --target-fps drops some; auto finds the "
                "cuts in what is left");
  }
}

ResolvedOptions lay_over_preset(const RunOptions& run, std::optional<std::int64_t> preferred_res) {
  const Preset& preset = find_preset(run.preset);
  ResolvedOptions resolved;
  const PresetOverlay overlay(preset, resolved.notices);
  RollingDepthOptions& options = resolved.method.rolling_depth;

  options.clip = {.start_frame = run.start_frame,
                  .frame_count = run.frame_count,
                  .res_px = overlay.choose("--res", run.res_px, preset.res_px),
                  .restore_res = run.restore_res,
                  .resample = run.resample};
  if (!run.res_px && preferred_res) options.clip.res_px = *preferred_res;
  options.dilations = overlay.choose("--dilations", run.dilations, preset.dilations);
  options.cap_dilation = overlay.choose("--cap-dilation", run.cap_dilation, preset.cap_dilation);
  options.snippet_length = overlay.choose("--snip-len", run.snippet_length, preset.snippet_length);
  resolved.dtype = overlay.choose("--dtype", run.dtype, preset.dtype);

  options.batch.vae_frames = run.max_vae_frames;
  options.seed = run.seed;
  options.align = run.alignment.options();
  options.merge = run.alignment.merge_method();
  if (run.memory_limit_bytes) {
    const std::int64_t limit = *run.memory_limit_bytes;
    resolved.spool_memory_bytes = std::min(resolved.spool_memory_bytes, limit);
    options.align.max_sample_bytes = std::min(options.align.max_sample_bytes, limit);
  }
  if (run.unload_snippet) resolved.spool_memory_bytes = 0;
  options.spool_dtype = run.spool_dtype;
  options.keep_maps = run.writes("snippets");
  options.chunk_frames = run.chunk_frames;
  if (run.chunk_frames > 0) {
    options.chunk_overlap = run.chunk_overlap.value_or(default_chunk_overlap(run.chunk_frames));
  }

  RefineOptions& refine = options.refine;
  refine.steps = overlay.choose("--refine-step", run.refine_steps, preset.refine_steps);
  refine.snippet_length = overlay.choose("--refine-snippet-len", run.refine_snippet_length,
                                         preset.refine_snippet_length);
  refine.start_dilation = overlay.choose("--refine-start-dilation", run.refine_start_dilation,
                                         preset.refine_start_dilation);
  refine.cap_dilation = options.cap_dilation;
  if (run.scenes.one_range && refine.steps > 0) {
    throw Error(ErrorKind::kUsage,
                "--range clip: not with --refine-step, which works on the range of each shot");
  }
  return resolved;
}

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
       .refine_steps = 10,
       .divides = false},
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

bool RunOptions::writes(std::string_view format) const {
  const auto found = outputs.find(format);
  if (found != outputs.end()) return found->second;
  return output_format(format).kind == OutputOption::kColormaps && !colormaps.empty();
}

bool RunOptions::writes_films() const {
  return std::any_of(
      output_formats().begin(), output_formats().end(),
      [this](const OutputFormat& format) { return format.has_sound && writes(format.name); });
}

void RunOptions::validate() const {
  find_preset(preset);
  if (dtype) require_known("--dtype", *dtype, dtype_option_names());
  for (const std::string& name : colormaps) require_known("--cmap", name, colormap_names());
  if (max_res_px != 0) require_within("--max-res", max_res_px, kMinResolutionPx, kMaxResolutionPx);
  if (memory_limit_bytes) {
    constexpr std::int64_t kSmallestLimit = 1'000'000;
    require_at_least("--memory-limit", *memory_limit_bytes, kSmallestLimit);
  }
  if (chunk_frames == 0 && chunk_overlap) {
    throw Error(ErrorKind::kUsage, "--chunk-overlap: needs --chunk-frames");
  }
  if (output_fps && !output_fps->positive()) {
    throw Error(ErrorKind::kUsage, "--fps: must be greater than 0");
  }
  if (png_scale) require_png_scale(*png_scale);
  if (png_scale && !writes("png16")) {
    throw Error(ErrorKind::kUsage, "--png-scale: needs --save-png16");
  }
  validate_scenes(*this);
  points.validate();
  for (const std::string& name : point_option_names()) {
    if (writes("ply") || std::find(given.begin(), given.end(), name) == given.end()) continue;
    throw Error(ErrorKind::kUsage, name + ": needs --save-ply");
  }
  (void)verbosity_of(quiet, verbose);
  lay_over_preset(*this, std::nullopt).method.rolling_depth.validate();
}

void settle_scenes(RunOptions& run) {
  SceneChoice& scenes = run.scenes;
  using Kind = SceneChoice::Kind;
  if (!scenes.kind) {
    // Snippets that are kept are those of a clip in one piece.
    const bool divides = find_preset(run.preset).divides && !run.writes("snippets");
    scenes.kind = divides ? Kind::kAuto : Kind::kNone;
  }
  if (scenes.kind == Kind::kFile && scenes.file_mark.empty()) scenes.read_file();
}

ResolvedOptions resolve_options(const RunOptions& run, const PackageInfo& package) {
  run.validate();
  refuse_foreign_options(package.kind, run.given);
  ResolvedOptions resolved = lay_over_preset(run, package.preferred_res);
  if (package.kind == kRollingDepthKind) return resolved;
  // Nothing of a preset counts.
  ClipOptions clip = resolved.method.rolling_depth.clip;
  clip.res_px = run.res_px.value_or(package.preferred_res.value_or(vda::Options{}.clip.res_px));
  vda::Options& options = resolved.method.video_depth_anything;
  options.clip = clip;
  options.mode = run.mode;
  options.frames_per_call = run.max_vae_frames;
  resolved.method.gemdepth = {.clip = clip,
                              .pose = run.pose,
                              .window_frames = run.window_frames,
                              .frames_per_call = run.max_vae_frames};
  resolved.dtype = run.dtype.value_or("auto");
  resolved.notices = options_without_effect(package.kind, run.given);
  return resolved;
}

}  // namespace rollingdepth
