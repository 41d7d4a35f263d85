#include "app/run/run_plan.hpp"

#include <algorithm>

#include "app/console.hpp"
#include "base/byte_size.hpp"
#include "base/formatted.hpp"
#include "base/free_memory.hpp"
#include "base/printable.hpp"
#include "film/film_progress.hpp"
#include "film/film_run.hpp"
#include "method/clip_frames.hpp"
#include "nn/workers.hpp"
#include "write/encoder_memory.hpp"

namespace rollingdepth {
namespace {

// All of these are fits to peaks measured on CPU with 12 to 3,000 frames, see docs/long-video.md.
// LibTorch, codecs and their tables before any frame.
constexpr double kBaseBytes = 220e6;
// CUDA's libraries and its context.
constexpr double kCudaBytes = 1.5e9;
// A picture of the input: what its decoder keeps, what is read ahead, one in float32.
constexpr PerPixel kInput{.first = 22, .further = 11, .full = 58};
// Of that, what is given back before the outputs are written.
constexpr double kReadAheadBytesPerPixel = 8;
// Of the names before the lines of a plan.
constexpr std::size_t kLabelColumn = 10;

std::string size_text(std::int64_t width, std::int64_t height) {
  return std::to_string(width) + "×" + std::to_string(height);
}

double encoder_bytes(const RunOptions& options, FrameSize output,
                     std::optional<std::int64_t> frames) {
  double bytes = 0;  // Of files whose names do not matter.
  for (const OutputFile& file : output_files(options, {}).formats) {
    if (file.format->memory_bytes != nullptr) bytes += file.format->memory_bytes(output, frames);
  }
  return bytes;
}

// Stages give back what they do not need any more, so the largest of them counts.
void estimate_memory(RunPlan& plan, const ClipInfo& clip, const RunOptions& run,
                     const NetworkMemory& calls, const PlannedNetworks& networks,
                     std::int64_t spool_memory_bytes) {
  const FrameSize output =
      run.restore_res ? FrameSize{clip.width_px, clip.height_px} : plan.processing_size;
  const double input_pixels =
      static_cast<double>(clip.width_px) * static_cast<double>(clip.height_px);
  const double encoders = std::max(
      0.0, encoder_bytes(run, output, plan.frames) - input_pixels * kReadAheadBytesPerPixel);
  const double spool =
      run.resume
          ? 0
          : static_cast<double>(std::min(plan.forecast.spool_peak_bytes, spool_memory_bytes));
  const double around = kBaseBytes + input_pixels * kInput.of(plan.frames) + spool;
  const double on_cpu = std::max(encoders, static_cast<double>(plan.forecast.fuse_bytes));
  const auto workers = static_cast<double>(plan.workers.workers.size());
  if (!networks.devices.front().is_cuda()) {  // MPS has the same memory.
    plan.memory_bytes = static_cast<std::uint64_t>(around + calls.parameter_bytes +
                                                   std::max(workers * calls.call_bytes, on_cpu));
    return;
  }
  // Not compared with a run yet. A network is read into memory before it goes to the GPU.
  plan.memory_bytes = static_cast<std::uint64_t>(
      around + kCudaBytes + std::max(static_cast<double>(networks.file_bytes), on_cpu));
  plan.gpu_memory_bytes = static_cast<std::uint64_t>(calls.parameter_bytes + calls.call_bytes);
}

std::string rate_text(Rational rate) { return formatted("%.4g", rate.value()); }

// Of what shots are warned of, once for all, as when they are run.
class Warnings final : public Progress {
 public:
  void begin(std::string_view, std::int64_t, std::string_view) override {}
  void advance(std::int64_t) override {}
  void end(std::string_view) override {}
  void warn(const std::string& message) override { all.push_back(message); }
  void check_cancelled() override {}

  std::vector<std::string> all;
};

// What DepthMethod::plan() says of a clip in one piece, of all shots.
DepthMethod::Plan plan_of_shots(const DepthMethod& method, FrameSize size,
                                const std::vector<UnitRange>& shots, c10::ScalarType dtype) {
  std::int64_t units = 0;
  Warnings warnings;
  FilmProgress progress(warnings, shots.back().last);
  const auto count = static_cast<std::int64_t>(shots.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const UnitRange& shot = shots[static_cast<std::size_t>(i)];
    const ClipShape shape{.size = size, .frames = shot.last - shot.first};
    progress.begin_shot(i + 1, shot.first, shape.frames);
    for (const UnitRecords& records : method.unit_records(shape, dtype)) {
      if (records.unit == method.unit()) units += records.units;
    }
    for (const std::string& warning : method.plan(shape).warnings) progress.warn(warning);
  }
  progress.end_film(shots.back().last, count);
  return {.units = std::to_string(units) + " in " + std::to_string(count) + " shots",
          .warnings = warnings.all};
}

void plan_shots(RunPlan& plan, FrameSize size, const RunOptions& run, const DepthMethod& method,
                c10::ScalarType dtype) {
  const SceneChoice& scenes = run.scenes;
  const bool listed = scenes.kind == SceneChoice::Kind::kFile;
  if (listed) plan.shots = "listed in " + printable(scenes.file.string());
  if (scenes.kind == SceneChoice::Kind::kAuto) {
    plan.shots = "found when the clip is read; units, memory and disk are those of a single shot";
  }
  if (!plan.frames || *plan.frames < 1) return;
  const std::vector<UnitRange> shots = shots_of(
      listed ? scenes.listed_cuts(method.clip_options().start_frame, *plan.frames) : Cuts{},
      *plan.frames);
  plan.clip = shots.size() == 1 ? method.plan({.size = size, .frames = *plan.frames})
                                : plan_of_shots(method, size, shots, dtype);
  plan.forecast = forecast_of_shots(method, size, shots, dtype);
  if (listed) plan.shots = std::to_string(shots.size()) + ", " + plan.shots;
}

std::string headline(const std::string& name, const ClipInfo& clip,
                     std::optional<std::int64_t> frames, bool exact, FrameSize processing) {
  std::string line = name + " · " + size_text(clip.width_px, clip.height_px) + ", ";
  if (frames) {
    line += (exact ? "" : "about ") + std::to_string(*frames) +
            (*frames == 1 ? " frame at " : " frames at ");
  }
  line += rate_text(clip.frame_rate) + " fps";
  if (clip.variable_frame_rate) line += " (variable)";
  if (clip.deinterlaced) line += ", deinterlaced";
  return line + " → " + size_text(processing.width_px, processing.height_px);
}

}  // namespace

PlannedWorkers plan_workers(FrameSize input, std::optional<std::int64_t> frames,
                            const RunOptions& run, const DepthMethod& method,
                            const PlannedNetworks& networks) {
  const WorkerNeeds needs{.asked = run.workers,
                          .threads = networks.threads,
                          .operation_threads = run.planned
                                                   ? std::optional(run.planned->operation_threads)
                                                   : std::nullopt,
                          .can_share_units = method.can_share_units(),
                          .memory = method.network_memory(input, frames, networks.file_bytes,
                                                          networks.devices.front(), networks.dtype),
                          .free_bytes = free_memory_bytes()};
  PlannedWorkers planned{.workers = choose_workers(networks.devices, needs), .warning = {}};
  planned.warning = memory_warning(planned.workers, needs);
  return planned;
}

RunPlan plan_run(const ClipInfo& clip, const RunOptions& run, const DepthMethod& method,
                 const PlannedNetworks& networks, std::int64_t spool_memory_bytes) {
  RunPlan plan;
  const FrameSize input{clip.width_px, clip.height_px};
  const ClipOptions& options = method.clip_options();
  plan.unit = method.unit();
  plan.frames = expected_frames(clip, options);
  plan.frames_exact = expects_exactly(clip, options);
  plan.processing_size = method.processing_size(input);
  plan_shots(plan, input, run, method, networks.dtype);
  if (run.writes("ply")) {
    const FrameSize depth = run.restore_res ? input : plan.processing_size;
    plan.cloud_bytes = static_cast<std::int64_t>(
        static_cast<double>(plan.forecast.depth_bytes) / sizeof(float) *
        output_format("ply").bytes_per_point * run.points.clouds.largest_share(depth));
  }
  // Without a job to go on with, what is small stays in memory.
  const bool in_memory = !run.resume && plan.forecast.spool_peak_bytes <= spool_memory_bytes;
  plan.spool_bytes = in_memory ? 0 : plan.forecast.spool_peak_bytes;
  plan.workers = plan_workers(input, plan.frames, run, method, networks);
  estimate_memory(plan, clip, run,
                  method.network_memory(input, plan.frames, networks.file_bytes,
                                        networks.devices.front(), networks.dtype),
                  networks, spool_memory_bytes);
  return plan;
}

std::string clip_line(const std::string& name, const ClipInfo& clip, const ClipOptions& options,
                      FrameSize processing) {
  return headline(name, clip, expected_frames(clip, options), expects_exactly(clip, options),
                  processing);
}

std::string plan_text(const std::string& name, const ClipInfo& clip, const RunPlan& plan,
                      const OutputFiles& files) {
  std::string text =
      headline(printable(name), clip, plan.frames, plan.frames_exact, plan.processing_size);
  const std::string unit = plan.unit + std::string(kLabelColumn - plan.unit.size(), ' ');
  if (plan.clip) {
    text += "\n  " + unit + (plan.frames_exact ? "" : "about ") + plan.clip->units;
    for (const std::string& warning : plan.clip->warnings) text += "\n  warning   " + warning;
  } else {
    text += "\n  " + unit + "unknown: ";
    text +=
        plan.frames ? "no frame is left to use" : "the file does not say how many frames it holds";
  }
  text += "\n  workers   " + workers_text(plan.workers.workers);
  if (!plan.workers.warning.empty()) text += "\n  warning   " + plan.workers.warning;
  text += "\n  memory    about ";
  text += format_bytes(static_cast<double>(plan.memory_bytes));
  if (plan.gpu_memory_bytes) {
    text += ", and about ";
    text += format_bytes(static_cast<double>(*plan.gpu_memory_bytes)) + " of the GPU's";
  }
  if (plan.clip) {
    text += "\n  disk      about ";
    text += format_bytes(static_cast<double>(plan.spool_bytes)) + " for the spool";
    if (const OutputFile* npy = files.find("npy")) {
      text += ", " + format_bytes(static_cast<double>(plan.forecast.depth_bytes)) + " for " +
              printable(npy->path.filename().string());
    }
    if (const OutputFile* clouds = files.find("ply")) {
      text += ", at most " + format_bytes(static_cast<double>(plan.cloud_bytes)) + " for " +
              printable(clouds->path.filename().string());
    }
  }
  if (!plan.shots.empty()) text += "\n  shots     " + plan.shots;
  if (!plan.sound.empty()) text += "\n  sound     " + printable(plan.sound);
  text += "\n  files    ";
  for (const auto& file : files.all()) text.append(" ").append(printable(file.string()));
  return text;
}

}  // namespace rollingdepth
