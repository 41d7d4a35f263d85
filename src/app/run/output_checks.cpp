#include "app/run/output_checks.hpp"

#include <algorithm>
#include <functional>

#include "app/run/output_place.hpp"
#include "app/run/outputs.hpp"
#include "rollingdepth/error.hpp"
#include "write/video.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// What follows the stem in the name of a job's spool below --spool-dir: "-", 16 digits, ".spool".
constexpr std::size_t kSpoolNameBytes = 23;

std::string output_folder_text(const fs::path& folder) {
  return "cannot write to the output folder " + folder.string();
}

/// Tries the outputs of one input one after the other.
class OutputTrial {
 public:
  OutputTrial(const OutputFiles& files, const DepthClipInfo& depth, const RunOptions& options)
      : files_(files), depth_(depth), checked_{options, {}} {}

  CheckedOutputs run() {
    try_what_every_run_writes();
    for (const OutputFormat& format : output_formats()) try_format(format);
    return std::move(checked_);
  }

  /// Whether a file is left besides the report.
  [[nodiscard]] static bool writes_anything(const OutputFiles& files) {
    return files.all().size() > 1;
  }

 private:
  void try_what_every_run_writes() {
    require_writable_folder(files_.folder, output_folder_text(files_.folder));
    require_place(files_.report, OutputShape::kFile);
    const RunOptions& options = checked_.options;
    if (options.resume && !options.spool_dir.empty()) {
      const fs::path stem = options.spool_dir / files_.job.stem();
      // A spool has no partial name: it takes its own from the start.
      require_name(stem, kSpoolNameBytes);
    }
  }

  void try_format(const OutputFormat& format) {
    const OutputFile* writable = nullptr;
    for (const OutputFile& file : files_.formats) {
      if (file.format != &format) continue;
      const bool is_possible = attempt(format, [&] { require_place(file.path, format.shape); });
      if (!is_possible) leave_out(file);
      if (is_possible && writable == nullptr) writable = &file;
    }
    if (writable == nullptr || format.check == nullptr) return;
    // Colour videos differ in their colours only.
    if (!attempt(format,
                 [&] { format.check(writable->path, depth_, checked_.options.output_fps); })) {
      for (const OutputFile& file : files_.formats) {
        if (file.format == &format) leave_out(file);
      }
    }
  }

  void leave_out(const OutputFile& file) {
    if (file.format->kind == OutputOption::kColormaps) {
      std::erase(checked_.options.colormaps, file.colormap);
    } else {
      checked_.options.outputs[std::string(file.format->name)] = false;
    }
  }

  // Whether it can be written; what was asked for must be.
  bool attempt(const OutputFormat& format, const std::function<void()>& check) {
    const std::string help = format.without;
    try {
      check();
      return true;
    } catch (const std::exception& error) {
      if (help.empty()) throw;
      const std::string why = describe(error) + size_help(error);
      if (!format.by_default || checked_.options.outputs_asked.contains(format.name)) {
        throw Error(ErrorKind::kOutput, why + "; " + help);
      }
      checked_.warnings.push_back(why + "; left out");
      return false;
    }
  }

  // What makes pictures smaller that an encoder finds too large.
  [[nodiscard]] std::string size_help(const std::exception& error) const {
    constexpr std::int64_t kLargePx = 4096;
    if (dynamic_cast<const SizeRefused*>(&error) == nullptr ||
        std::max(depth_.width_px, depth_.height_px) < kLargePx) {
      return "";
    }
    return checked_.options.restore_res ? " (smaller without --restore-res)"
                                        : " (smaller with a lower --res)";
  }

  const OutputFiles& files_;
  DepthClipInfo depth_;
  CheckedOutputs checked_;
};

}  // namespace

CheckedOutputs check_outputs(const PlannedInput& input, const ClipInfo& clip, FrameSize depth,
                             const RunOptions& options) {
  // Before an hour of networks: a camera's file has to be there and of this size.
  if (options.writes("ply")) options.points.sight_lines()({clip.width_px, clip.height_px});
  const OutputFiles files = output_files(options, input);
  // As far as it is known before the frames are read.
  const Rational one_frame{.num = clip.frame_rate.den, .den = clip.frame_rate.num};
  CheckedOutputs checked =
      OutputTrial(files,
                  {.frames = 1,
                   .height_px = depth.height_px,
                   .width_px = depth.width_px,
                   .min = 0,
                   .max = 1,
                   .frame_rate = clip.frame_rate,
                   .time_base = clip.variable_frame_rate ? clip.time_base : one_frame},
                  options)
          .run();
  if (!checked.warnings.empty() &&
      !OutputTrial::writes_anything(output_files(checked.options, input))) {
    throw Error(ErrorKind::kOutput, checked.warnings.front() + ", and nothing else is asked for");
  }
  return checked;
}

void check_folders(const RunOptions& options, bool prove) {
  const auto check = prove ? &prove_writable_folder : &require_writable_folder;
  check(options.output_dir, output_folder_text(options.output_dir));
  if (!options.spool_dir.empty()) {
    check(options.spool_dir, "cannot make the spool in " + options.spool_dir.string());
  }
}

}  // namespace rollingdepth
