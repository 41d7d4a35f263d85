#include "app/command_line.hpp"

#include <algorithm>

#include "app/alignment_options.hpp"
#include "app/cut_options.hpp"
#include "app/option_table.hpp"
#include "app/option_values.hpp"
#include "app/points/point_options.hpp"
#include "app/reading_options.hpp"
#include "app/sub_commands.hpp"
#include "base/byte_size.hpp"
#include "base/value_checks.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kDescription =
    "Turns video into temporally consistent depth (affine-invariant inverse depth: larger is "
    "nearer).\n";

constexpr const char* kPlanDescription =
    "Makes a job of each input that many processes can work on: reads the clip once, without "
    "networks,\nand prints the folder of the job, for rollingdepth work and merge. The options are "
    "those of the\nrun whose outputs merge makes; a plan takes no --no-resume, --spool-dir or "
    "--profile.\n";

constexpr const char* kFooter =
    "Values in brackets are defaults. Options that show [true] or [false] take nothing, true or\n"
    "false; --no-NAME is the same as --NAME false. An option wins over the variable "
    "ROLLINGDEPTH_NAME,\n"
    "that over --config, that over model.json, and that over the preset.\n"
    "\n"
    "Progress, warnings and errors go to standard error. The files that were made go to standard\n"
    "output, one path per line where it is not a terminal.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some inputs of several failed, 4 a bound "
    "of\n"
    "compare is broken, 75 unfinished: the same command goes on, 130 interrupted.";

/// "preset: fast 768, full 1024": what each preset says, for the help.
template <class Field>
std::string by_preset(Field field) {
  std::string text = "by preset: ";
  for (const Preset& preset : presets()) {
    if (preset.name == "none") continue;
    text += (text.back() == ' ' ? "" : "; ") + preset.name + " " + field(preset);
  }
  return text;
}

void add_input_options(OptionTable& table, RunOptions& options) {
  table.group("Input");
  table.many("-i,--input", "INPUT",
             "A video, a folder of videos, a .txt list of paths, a folder or a %04d pattern of "
             "images; repeatable",
             "", [&](const auto& words) { options.inputs = words; });
  table.boolean("--recursive", options.recursive, "Look in subfolders too; the output keeps them");
  table.number("--start-frame,--from", options.start_frame, "First frame used, from 0");
  table.number("--frame-count,--frames", options.frame_count, "Frames used; 0: all that follow");
  table.boolean("--deinterlace", options.deinterlace,
                "Make whole pictures of those that are marked as interlaced, one of each");
  table.one("--target-fps", "RATE",
            "Drop frames by whole strides, so that about so many a second are left; --from and "
            "--frames count those",
            "all", [&](const std::string& word) {
              options.target_fps = parse_frame_rate("--target-fps", word);
            });
  table.number("--max-res", options.max_res_px,
               "Make pictures smaller whose longest side has more pixels, before anything else; 0 "
               "keeps them");
  table.one("--scenes", "HOW",
            "Shots, each of which gets depth of its own: auto finds the cuts, none takes the clip "
            "as one shot, or a file of scenes as rollingdepth scenes, PySceneDetect or Av1an write "
            "it",
            "auto; preset paper none",
            [&](const std::string& word) { options.scenes.choose(word); });
  add_cut_options(table, options.scenes.cuts, "--scene-");
  add_max_pixels(table, options.max_pixels);
}

// The formats that share a kChoice option have their help together.
void add_output_choice(OptionTable& table, RunOptions& options, const OutputFormat& first) {
  std::string help;
  for (const OutputFormat& format : output_formats()) {
    if (std::string_view(format.option) != first.option) continue;
    if (help.empty() && format.name != first.name) return;  // It is declared already.
    help += (help.empty() ? "" : "; or ") + std::string(format.help);
  }
  table.one(first.option, "NAME", help, "", [&options, &first](const std::string& word) {
    choose_output(options.outputs, first.option, word);
  });
}

void add_output_option(OptionTable& table, RunOptions& options, const OutputFormat& format) {
  switch (format.kind) {
    case OutputOption::kFlag:
      table.boolean(format.option, options.outputs[std::string(format.name)], format.help);
      return;
    case OutputOption::kChoice:
      add_output_choice(table, options, format);
      return;
    case OutputOption::kColormaps:
      table.many(format.option, "NAME", format.help, joined(options.colormaps, " "),
                 [&options](const std::vector<std::string>& words) {
                   std::vector<std::string>& names = options.colormaps;
                   names.clear();
                   for (const std::string& word : words) {
                     const bool repeated =
                         std::find(names.begin(), names.end(), word) != names.end();
                     if (!word.empty() && !repeated) names.push_back(word);
                   }
                 });
  }
}

void add_output_options(OptionTable& table, RunOptions& options) {
  table.group("Output");
  table.path("-o,--output-dir", "DIR", "Where files go; made where it is missing",
             options.output_dir.string(),
             [&](std::filesystem::path path) { options.output_dir = std::move(path); });
  table.boolean(
      "--overwrite", options.overwrite,
      "Run inputs whose outputs exist, instead of skipping them; discard unfinished jobs of "
      "other settings");
  for (const OutputFormat& format : output_formats()) add_output_option(table, options, format);
  table.real("--png-scale",
             "Of depth in metres: 16-bit PNG pictures hold so many levels a metre, such as 1000 "
             "(millimetres) or 256 (KITTI), instead of the clip's range",
             "the range", [&](double value) { options.png_scale = value; });
  table.one("--fps,--output-fps", "RATE",
            "Frame rate of the videos written, such as 25 or 30000/1001, and of image sequences "
            "read",
            "the input's; images 25",
            [&](const std::string& word) { options.output_fps = parse_frame_rate("--fps", word); });
  table.one("--range", "NAME",
            "Map affine-invariant depth to [-1, 1] in each shot, or over the clip: shot, clip",
            "shot", [&](const std::string& word) {
              if (word != "shot" && word != "clip") {
                throw Error(ErrorKind::kUsage, "--range: '" + word + "' is neither shot nor clip");
              }
              options.scenes.one_range = word == "clip";
            });
  table.boolean(
      "--audio", options.audio,
      "The input's sound in the MP4 files written, where --fps does not change their times");
  table.boolean("--restore-resolution,--restore-res", options.restore_res,
                "Depth at the input's size instead of the processing size");
}

void add_quality_options(OptionTable& table, RunOptions& options) {
  table.group("Model and quality");
  table.path("-c,--checkpoint", "DIR", "Model package", "$ROLLINGDEPTH_MODELS or the one installed",
             [&](std::filesystem::path path) { options.checkpoint = std::move(path); });
  table.boolean(
      "--import", options.import_checkpoint,
      "Make a package of what -c names where that is a checkpoint, once, in the cache; see "
      "rollingdepth import");
  table.one("-p,--preset", "NAME",
            joined(preset_names(), ", ") + "; none: as fast, without notices of replaced values",
            options.preset, [&](const std::string& word) { options.preset = word; });
  table.number(
      "--res,--processing-resolution", options.res_px,
      "Longest edge at which the networks run (Video-Depth-Anything, GemDepth: shortest), at "
      "least 8; 0 keeps the input's",
      by_preset([](const Preset& preset) { return std::to_string(preset.res_px); }));
  table.one("--resample-method", "NAME", "BILINEAR, BICUBIC or NEAREST_EXACT",
            to_string(options.resample), [&](const std::string& word) {
              options.resample = with_context(ErrorKind::kUsage, "--resample-method",
                                              [&] { return parse_resample_method(word); });
            });
  table.number("--seed", options.seed, "Seed of the noise");
  table.one("--mode", "NAME",
            "Of Video-Depth-Anything: offline, in windows; or streaming, each frame from those "
            "before it",
            to_string(options.mode), [&](const std::string& word) {
              options.mode =
                  with_context(ErrorKind::kUsage, "--mode", [&] { return vda::parse_mode(word); });
            });
  table.boolean("--pose", options.pose,
                "Of GemDepth: find the cameras and let the depth follow them");
  table.number("--window", options.window_frames,
               "Of GemDepth: frames of a window, 32, 16 or 8; fewer take less memory");

  table.group("Snippets, alignment and refinement");
  table.many("-d,--dilations", "N", "Spacings between the frames of a snippet; must hold 1",
             by_preset([](const Preset& preset) { return join_numbers(preset.dilations); }),
             [&](const auto& words) { options.dilations = parse_dilations(words); });
  table.boolean("--cap-dilation", options.cap_dilation, "Shorten spacings to what a clip can hold",
                "true; paper false");
  const std::string length = std::to_string(RollingDepthOptions{}.snippet_length);
  table.number("--snip-len", options.snippet_length, "Frames per snippet, 1 to 4", length);
  add_alignment_options(table, options.alignment);
  table.number("--refine-step", options.refine_steps, "Refinement steps; 0 leaves it out",
               by_preset([](const Preset& preset) { return std::to_string(preset.refine_steps); }));
  const RefineOptions refine;
  table.number("--refine-snippet-len", options.refine_snippet_length,
               "Frames per snippet while refining, 1 to 4", std::to_string(refine.snippet_length));
  table.number("--refine-start-dilation", options.refine_start_dilation,
               "Spacing of the first refinement step", std::to_string(refine.start_dilation));
}

void add_compute_options(OptionTable& table, RunOptions& options) {
  table.group("Computing");
  table.many("--device", "NAME",
             "auto, cpu, cuda, cuda:N or mps, see --list-devices; several GPUs share the work of a "
             "clip: cuda:0 cuda:1, or cuda:all",
             joined(options.devices, " "), [&](const auto& words) { options.devices = words; });
  table.one("--workers", "N",
            "How many compute parts of a clip side by side; auto: one a GPU, on CPU one a core "
            "where the networks are small, else one with all threads",
            "auto", [&](const std::string& word) { options.workers = parse_workers(word); });
  table.one("--dtype", "NAME",
            joined(dtype_option_names(), ", ") +
                "; auto: fp16 on CUDA and MPS, on CPU bf16 where the processor has it, else fp32",
            "auto; paper fp32", [&](const std::string& word) { options.dtype = word; });
  table.boolean("--tf32", options.tf32,
                "On CUDA: round what is multiplied in float32 to 10 bits of mantissa, which is "
                "faster");
  table.threads(options.threads);
  table.number("--max-vae-bs", options.max_vae_frames,
               "Frames per encoder or decoder call; 0: as sizes suggest");
  table.boolean("--unload-snippet", options.unload_snippet,
                "Where --resume is false: the whole spool in files, nothing of it in memory");
}

void add_long_clip_options(OptionTable& table, RunOptions& options) {
  table.group("Long clips");
  table.boolean("--resume", options.resume,
                "Go on with the job that a stopped run has left in STEM.job; false: start anew and "
                "leave none");
  table.path("--spool-dir", "DIR", "Where decoded snippets and latents go until they are merged",
             "STEM.job in the output folder",
             [&](std::filesystem::path path) { options.spool_dir = std::move(path); });
  table.one("--spool-dtype", "NAME",
            "u16: depth maps there in 16 bits, within 1e-5 of each map's range; fp32: exact",
            to_string(options.spool_dtype), [&](const std::string& word) {
              options.spool_dtype = with_context(ErrorKind::kUsage, "--spool-dtype",
                                                 [&] { return parse_spool_dtype(word); });
            });
  table.one("--memory-limit", "SIZE",
            "Memory for the spool, where --resume is false, and for the alignment's samples, each, "
            "such as 64M",
            "128Mi", [&](const std::string& word) {
              options.memory_limit_bytes = with_context(ErrorKind::kUsage, "--memory-limit",
                                                        [&] { return parse_bytes(word); });
            });
  table.number("--chunk-frames", options.chunk_frames,
               "Align so many frames at a time and join the chunks; 0: the whole clip");
  table.number("--chunk-overlap", options.chunk_overlap, "Frames that two chunks share",
               "an eighth of a chunk");
}

struct GeneralFlags {
  bool version = false;
  bool list_devices = false;
  bool list_colormaps = false;
};

void add_general_options(OptionTable& table, RunOptions& options, GeneralFlags& flags,
                         LogOptions& log) {
  table.group("General");
  table.boolean("--dry-run", options.dry_run,
                "Print plan, sizes and estimated memory; write nothing");
  table.boolean("--verbose", options.verbose, "Say more, such as how the alignment converges");
  table.boolean("--quiet", options.quiet, "Only warnings and errors");
  add_log_options(table, log);
  table.boolean("--list-devices", flags.list_devices, "Print the devices, and why one is not used");
  table.boolean("--list-colormaps", flags.list_colormaps, "Print the names of the colour maps");
  table.boolean("--version", flags.version, "Print versions");
}

Request request_of(const GeneralFlags& flags) {
  if (flags.version) return Request::kVersion;
  if (flags.list_devices) return Request::kListDevices;
  if (flags.list_colormaps) return Request::kListColormaps;
  return Request::kRun;
}

/// What a plan cannot promise to those who work on it.
void require_plannable(const RunOptions& options) {
  const auto refuse = [](const std::string& option, const std::string& why) {
    throw Error(ErrorKind::kUsage, "plan: " + option + ": " + why);
  };
  if (!options.spool_dir.empty()) refuse("--spool-dir", "all who work share the job's own folder");
  if (!options.resume) refuse("--no-resume", "a plan is a job to go on with");
  if (options.writes("trace")) refuse("--profile", "a plan runs no networks");
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& words,
                               const OptionSources& sources) {
  CommandLine line;
  if (parse_sub_command(words, line)) return line;
  line.options.plans = !words.empty() && words.front() == "plan";
  const std::vector<std::string> arguments(words.begin() + (line.options.plans ? 1 : 0),
                                           words.end());
  GeneralFlags flags;
  OptionTable table({.description = line.options.plans ? kPlanDescription : kDescription,
                     .usage = "rollingdepth -i INPUT... [-o DIR] [options]\n"
                              "       rollingdepth align SNIPPETS.npz -o DEPTH.npy "
                              "[options]    (see rollingdepth align --help)\n"
                              "       rollingdepth compare REFERENCE CANDIDATE "
                              "[options]      (see rollingdepth compare --help)\n"
                              "       rollingdepth points DEPTH --video CLIP "
                              "-o DIR [options]    (see rollingdepth points --help)\n"
                              "       rollingdepth track DEPTH TRACKS -o OUT "
                              "[options]           (see rollingdepth track --help)\n"
                              "       rollingdepth bench -i CLIP "
                              "[options]                       (see rollingdepth bench --help)\n"
                              "       rollingdepth scenes CLIP [-o scenes.csv] "
                              "[options]        (see rollingdepth scenes --help)\n"
                              "       rollingdepth models [--json]            "
                              "                models here, and where others are\n"
                              "       rollingdepth live -i SOURCE -o TARGET... "
                              "[options]        (see rollingdepth live --help)\n"
                              "       rollingdepth import CHECKPOINT OUT "
                              "[options]              (see rollingdepth import --help)\n"
                              "       rollingdepth plan -i INPUT... [-o DIR] "
                              "[options]          one clip on many machines:\n"
                              "       rollingdepth work STEM.job --shard I/N       "
                              "           (see rollingdepth work --help)\n"
                              "       rollingdepth merge STEM.job\n"
                              "       rollingdepth status STEM.job [--json]",
                     .footer = kFooter});
  add_input_options(table, line.options);
  add_output_options(table, line.options);
  add_point_options(table, line.options.points);
  add_quality_options(table, line.options);
  add_compute_options(table, line.options);
  add_long_clip_options(table, line.options);
  add_general_options(table, line.options, flags, line.log);
  const auto left = table.parse(arguments, sources);
  if (!left) {
    line.request = Request::kHelp;
    line.help = table.help();
    return line;
  }
  refuse_leftovers(*left, table);
  if (!left->empty()) {
    throw Error(ErrorKind::kUsage,
                "unexpected argument '" + left->front() + "' (inputs are given with -i)");
  }
  line.options.given = table.given();
  line.options.arguments = table.as_words();
  for (const OutputFormat& format : output_formats()) {
    if (table.given(format.first_option())) line.options.outputs_asked.emplace(format.name);
  }
  line.request = request_of(flags);
  if (line.request != Request::kRun) return line;
  line.options.validate();
  if (line.options.plans) {
    require_plannable(line.options);
    line.request = Request::kPlan;
  }
  line.log.validate();
  if (line.options.inputs.empty()) {
    throw Error(ErrorKind::kUsage, "no input (give a video with -i, see --help)");
  }
  return line;
}

}  // namespace rollingdepth
