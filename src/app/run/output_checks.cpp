#include "app/run/output_checks.hpp"

#include <algorithm>
#include <functional>

#include "app/run/output_place.hpp"
#include "app/run/outputs.hpp"
#include "base/error.hpp"
#include "write/depth_files.hpp"
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
    try_what_is_asked_for();
    try_color_videos();
    if (files_.depth_video) {
      attempt(
          /*asked=*/true, "without --depth-video the rest can be written",
          [&] {
            require_place(*files_.depth_video, OutputShape::kFile);
            check_depth_video(*files_.depth_video, *checked_.options.depth_video, depth_,
                              checked_.options.output_fps);
          },
          [] {});
    }
    if (files_.side_by_side) {
      attempt(
          checked_.options.side_by_side_asked, "--no-save-sbs leaves it out",
          [&] {
            require_place(*files_.side_by_side, OutputShape::kFile);
            check_side_by_side(*files_.side_by_side, depth_, checked_.options.output_fps);
          },
          [&] { checked_.options.save_side_by_side = false; });
    }
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

  // Only by name, or so that a name that fits for the report fits for it.
  void try_what_is_asked_for() const {
    if (files_.npy) require_place(*files_.npy, OutputShape::kFile);
    if (files_.trace) require_place(*files_.trace, OutputShape::kFile);
    if (files_.snippets) require_place(*files_.snippets, OutputShape::kFile);
    if (files_.npz) {
      require_place(*files_.npz, OutputShape::kFile);
      check_npz(*files_.npz);
    }
    if (files_.png16) {
      require_place(*files_.png16, OutputShape::kFolder);
      check_png16(*files_.png16);
    }
    if (files_.exr) {
      require_place(*files_.exr, OutputShape::kFolder);
      check_exr(*files_.exr);
    }
  }

  void try_color_videos() {
    const bool asked = checked_.options.colormaps_asked;
    const std::string help = "--cmap '' leaves colour videos out";
    for (const auto& [colormap, file] : files_.color_videos) {
      attempt(
          asked, help, [&, &file = file] { require_place(file, OutputShape::kFile); },
          [&, &colormap = colormap] { std::erase(checked_.options.colormaps, colormap); });
    }
    if (checked_.options.colormaps.empty()) return;
    // They differ in their colours only.
    attempt(
        asked, help,
        [&] {
          check_color_video(files_.color_videos.front().second, depth_,
                            checked_.options.output_fps);
        },
        [&] { checked_.options.colormaps.clear(); });
  }

  // Leaves out what cannot be written, but not what was asked for.
  void attempt(bool asked, const std::string& help, const std::function<void()>& check,
               const std::function<void()>& leave_out) {
    try {
      check();
    } catch (const std::exception& error) {
      const std::string why = describe(error) + size_help(error);
      if (asked) throw Error(ErrorKind::kOutput, why + "; " + help);
      checked_.warnings.push_back(why + "; left out");
      leave_out();
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
