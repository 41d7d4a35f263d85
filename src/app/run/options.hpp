#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/alignment_options.hpp"
#include "app/points/point_options.hpp"
#include "app/run/scene_choice.hpp"
#include "base/value_checks.hpp"
#include "jobs/job_identity.hpp"
#include "make_method.hpp"
#include "store/spool.hpp"
#include "write/output_formats.hpp"

namespace rollingdepth {

/// The settings that a preset names. Source: the presets of the original implementation.
struct Preset {
  std::string name;
  std::int64_t res_px = 768;
  std::vector<std::int64_t> dilations;
  bool cap_dilation = true;
  std::string dtype = "auto";
  std::int64_t refine_steps = 0;
  std::int64_t snippet_length = RollingDepthOptions{}.snippet_length;
  std::int64_t refine_snippet_length = RefineOptions{}.snippet_length;
  std::int64_t refine_start_dilation = RefineOptions{}.start_dilation;
  bool divides = true;              ///< Find shots: --scenes auto.
  bool announces_overrides = true;  ///< `none` stays silent when an option replaces its value.
};

/// All presets, in the order in which help lists them.
const std::vector<Preset>& presets();
std::vector<std::string> preset_names();
/// @throws Error(kUsage) for an unknown name, suggesting the nearest.
const Preset& find_preset(std::string_view name);

/// The command line, one field per option. An unset optional leaves the choice to model.json and
/// the preset.
struct RunOptions {
  std::vector<std::string> inputs;
  std::filesystem::path output_dir = "output";
  bool recursive = false;
  bool overwrite = false;

  std::string preset = "fast";
  AlignmentChoice alignment;
  std::optional<std::filesystem::path> checkpoint;  ///< Unset: the default model.
  /// Make a package of `checkpoint` in the cache where it is none, once.
  bool import_checkpoint = false;

  std::int64_t start_frame = 0;
  std::int64_t frame_count = 0;  ///< 0 takes all.
  bool deinterlace = false;
  SceneChoice scenes;
  std::optional<Rational> target_fps;           ///< Unset: all frames.
  std::int64_t max_res_px = 0;                  ///< 0: the input's size.
  std::int64_t max_pixels = kDefaultMaxPixels;  ///< Of a picture that is read.
  std::optional<std::int64_t> res_px;
  bool restore_res = false;
  std::optional<double> png_scale;  ///< Levels a metre of 16-bit PNG pictures; > 0.
  ResampleMethod resample = ClipOptions{}.resample;

  PointOptions points;
  std::optional<Rational> output_fps;  ///< Unset: the input's frame rate and times.
  bool audio = true;                   ///< The input's sound goes into videos.
  OutputChoice outputs = default_outputs();
  std::vector<std::string> colormaps = {"Spectral_r", "Greys_r"};  ///< Of colour videos.
  /// Formats named on the command line: what cannot be written is then a failure, and not left
  /// out.
  std::set<std::string, std::less<>> outputs_asked;

  std::optional<std::vector<std::int64_t>> dilations;
  std::optional<bool> cap_dilation;
  std::optional<std::int64_t> snippet_length;
  std::optional<std::int64_t> refine_steps;
  std::optional<std::int64_t> refine_snippet_length;
  std::optional<std::int64_t> refine_start_dilation;
  std::int64_t seed = RollingDepthOptions{}.seed;
  vda::Mode mode = vda::Options{}.mode;
  bool pose = gemdepth::Options{}.pose;
  std::int64_t window_frames = gemdepth::Options{}.window_frames;

  std::vector<std::string> devices = {"auto"};
  std::optional<int> workers;  ///< Unset: as many as are of use.
  std::optional<std::string> dtype;
  bool tf32 = false;                ///< CUDA only: round what is multiplied in float32.
  int threads = 0;                  ///< 0: as many as set_threads() finds worth it.
  std::int64_t max_vae_frames = 0;  ///< 0: chosen from sizes.
  bool unload_snippet = false;      ///< Nothing of the spool in memory.

  bool resume = true;  ///< Go on with an unfinished job, and leave one behind when stopped.
  std::filesystem::path spool_dir;  ///< Empty: beside the outputs.
  SpoolDtype spool_dtype = RollingDepthOptions{}.spool_dtype;
  std::optional<std::int64_t> memory_limit_bytes;  ///< Of the spool and of alignment samples.
  std::int64_t chunk_frames = 0;                   ///< 0: the whole clip at once.
  std::optional<std::int64_t> chunk_overlap;       ///< Unset: default_chunk_overlap().

  /// What `work` and `merge` add to the options of a job that was planned.
  struct Planned {
    std::filesystem::path job;  ///< Its folder.
    int operation_threads = 1;  ///< Of an operation of the networks, on CPU.
    int decoder_threads = 0;    ///< `threads` of the plan, on which damaged pictures depend.
    std::string dtype;
    /// What its identity says computes, whatever does so here; unset: what does.
    std::optional<ComputeFacts> compute = std::nullopt;
  };
  std::optional<Planned> planned;
  bool plans = false;                  ///< Make jobs for `work` and `merge`, and no outputs.
  std::vector<std::string> arguments;  ///< Those that these options were read from.

  std::vector<std::string> given;  ///< Names of all options on the command line.

  bool dry_run = false;
  bool verbose = false;
  bool quiet = false;

  /// @param format a row of output_formats(). @return whether it is to be written.
  [[nodiscard]] bool writes(std::string_view format) const;
  /// Whether one of the formats written takes the input's sound.
  [[nodiscard]] bool writes_films() const;
  /// Checks what can be checked without a model or an input.
  /// @throws Error(kUsage) naming the option and its value.
  void validate() const;
};

/// Names that `--dtype` takes.
std::vector<std::string> dtype_option_names();

/// What a run uses once preset, model.json and command line are laid over each other.
struct ResolvedOptions {
  MethodOptions method;
  std::int64_t spool_memory_bytes = SpoolPlace{}.memory_limit_bytes;  ///< Before it goes to disk.
  std::string dtype;                                                  ///< auto, fp32, fp16 or bf16.
  std::vector<std::string> notices;  ///< One line per preset value that an option replaced.
};

/// Sets what is left to the preset, and reads the scene file. Once, before anything is planned.
/// @throws Error(kInput) naming the file.
void settle_scenes(RunOptions& run);

/// Option before model.json before preset, which counts for RollingDepth only.
/// @throws Error(kUsage) as RunOptions::validate, and for an option of another kind of package.
ResolvedOptions resolve_options(const RunOptions& run, const PackageInfo& package);

}  // namespace rollingdepth
