#include "app/run/run_plan.hpp"

#include <algorithm>
#include <cmath>

#include "app/console.hpp"
#include "base/byte_size.hpp"
#include "base/formatted.hpp"
#include "base/printable.hpp"
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
// Values alive per pixel of every frame of a decoder call, at the widest point of the Stable
// Diffusion decoder (two maps of 256 channels and two of 128 at full size), and the parameters of
// that model. Channels grow with the square root of the parameters, which carries the figure over
// to smaller models, down to that of the default model.
constexpr double kReferenceValuesPerPixel = 768;
constexpr double kReferenceParameters = 950e6;
constexpr double kMinValuesPerPixel = 125;
// What the networks leave between them in the memory that is kept for them, at full size, whatever
// the number of frames in a call and the dtype; it grows with the parameters.
constexpr double kReferenceKeptBytesPerPixel = 5200;
// Parameters, with what converting them leaves unused between them.
constexpr double kParameterCopies = 1.1;
// What the fit keeps of a frame besides its samples.
constexpr double kAlignBytesPerFrame = 9e3;
// Adam lays the samples out again, by frames; irls reads them where they are.
constexpr double kAdamCopies = 2;

std::string size_text(std::int64_t width, std::int64_t height) {
  return std::to_string(width) + "×" + std::to_string(height);
}

// The dilations in effect, repeats kept.
std::vector<std::int64_t> dilations_of(const ClipPlan& plan) {
  std::vector<std::int64_t> dilations;
  for (const std::size_t entry : plan.entries) dilations.push_back(plan.dilations[entry].dilation);
  return dilations;
}

double encoder_bytes(const RunOptions& options, FrameSize output,
                     std::optional<std::int64_t> frames) {
  double bytes = 0;  // Of files whose names do not matter.
  for (const OutputFile& file : output_files(options, {}).formats) {
    if (file.format->memory_bytes != nullptr) bytes += file.format->memory_bytes(output, frames);
  }
  return bytes;
}

/// What the networks and their calls take.
struct NetworkMemory {
  double parameter_bytes;
  double call_bytes;
};

NetworkMemory network_memory(const RunPlan& plan, const PipelineOptions& options,
                             const PlannedModel& model) {
  const FrameSize size = plan.processing_size;
  // Packages hold two bytes per parameter, or four; two errs upwards.
  const double parameters = static_cast<double>(model.file_bytes) / 2;
  const double share = parameters / kReferenceParameters;
  const double values_per_pixel = std::clamp(kReferenceValuesPerPixel * std::sqrt(share),
                                             kMinValuesPerPixel, kReferenceValuesPerPixel);
  const c10::ScalarType widest_dtype = model.info.widest_dtype(model.dtype);
  const auto value_bytes = static_cast<double>(c10::elementSize(model.dtype));
  const auto widest_bytes = static_cast<double>(c10::elementSize(widest_dtype));
  const double parameter_bytes = parameters * value_bytes * kParameterCopies;
  const BatchSizes batch =
      resolve_batch_sizes(options.batch, model.device, widest_dtype, size, options.snippet_length,
                          static_cast<std::uint64_t>(parameter_bytes));
  // A short clip fills no call.
  const std::int64_t maps =
      plan.clip ? plan.clip->distinct_snippets() * plan.clip->snippet_length : batch.vae_frames;
  const auto frames = static_cast<double>(std::min(batch.vae_frames, maps));
  const auto pixels = static_cast<double>(size.width_px * size.height_px);
  return {.parameter_bytes = parameter_bytes,
          .call_bytes = pixels * (values_per_pixel * frames * widest_bytes +
                                  kReferenceKeptBytesPerPixel * share)};
}

// Stages give back what they do not need any more, so the largest of them counts.
void estimate_memory(RunPlan& plan, const ClipInfo& clip, const RunOptions& run,
                     const PipelineOptions& options, const PlannedModel& model) {
  const NetworkMemory networks = network_memory(plan, options, model);
  const FrameSize output =
      options.restore_res ? FrameSize{clip.width_px, clip.height_px} : plan.processing_size;
  const double input_pixels =
      static_cast<double>(clip.width_px) * static_cast<double>(clip.height_px);
  const double encoders = std::max(
      0.0, encoder_bytes(run, output, plan.frames) - input_pixels * kReadAheadBytesPerPixel);
  const double samples = static_cast<double>(plan.spool.sample_bytes) *
                             (options.align.aligner == Aligner::kAdam ? kAdamCopies : 1) +
                         static_cast<double>(plan.frames.value_or(0)) * kAlignBytesPerFrame;
  const double spool =
      run.resume
          ? 0
          : static_cast<double>(std::min(plan.spool.peak_bytes, options.spool.memory_limit_bytes));
  const double around = kBaseBytes + input_pixels * kInput.of(plan.frames) + spool;
  const double on_cpu = std::max(encoders, samples);
  if (!model.device.is_cuda()) {  // MPS has the same memory.
    plan.memory_bytes = static_cast<std::uint64_t>(around + networks.parameter_bytes +
                                                   std::max(networks.call_bytes, on_cpu));
    return;
  }
  // Not compared with a run yet. A network is read into memory before it goes to the GPU.
  plan.memory_bytes = static_cast<std::uint64_t>(
      around + kCudaBytes + std::max(static_cast<double>(model.file_bytes), on_cpu));
  plan.gpu_memory_bytes =
      static_cast<std::uint64_t>(networks.parameter_bytes + networks.call_bytes);
}

std::string rate_text(Rational rate) { return formatted("%.4g", rate.value()); }

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

RunPlan plan_run(const ClipInfo& clip, const RunOptions& run, const PipelineOptions& options,
                 const PlannedModel& model) {
  RunPlan plan;
  const FrameSize input{clip.width_px, clip.height_px};
  plan.frames = expected_frames(clip, options);
  plan.frames_exact = expects_exactly(clip, options);
  plan.processing_size = processing_size(input, options.res_px, model.info.downscale);
  if (plan.frames && *plan.frames > 0) {
    plan.clip = plan_clip(input, *plan.frames, model.info, options);
    plan.spool =
        forecast_spool(input, *plan.frames, model.info, c10::elementSize(model.dtype), options);
  }
  // Without a job to go on with, what is small stays in memory.
  const bool in_memory = !run.resume && plan.spool.peak_bytes <= options.spool.memory_limit_bytes;
  plan.spool_bytes = in_memory ? 0 : plan.spool.peak_bytes;
  estimate_memory(plan, clip, run, options, model);
  return plan;
}

std::string clip_line(const std::string& name, const ClipInfo& clip, const PipelineOptions& options,
                      FrameSize processing) {
  return headline(name, clip, expected_frames(clip, options), expects_exactly(clip, options),
                  processing);
}

std::string plan_text(const std::string& name, const ClipInfo& clip, const RunPlan& plan,
                      const OutputFiles& files) {
  std::string text =
      headline(printable(name), clip, plan.frames, plan.frames_exact, plan.processing_size);
  if (plan.clip) {
    text += "\n  snippets  ";
    text += plan.frames_exact ? "" : "about ";
    text += std::to_string(plan.clip->snippets()) + " of " +
            std::to_string(plan.clip->snippet_length) + " frames, dilations " +
            join_numbers(dilations_of(*plan.clip));
    for (const std::string& warning : plan.clip->warnings) text += "\n  warning   " + warning;
  } else {
    text += "\n  snippets  unknown: ";
    text +=
        plan.frames ? "no frame is left to use" : "the file does not say how many frames it holds";
  }
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
      text += ", " + format_bytes(static_cast<double>(plan.spool.depth_bytes)) + " for " +
              printable(npy->path.filename().string());
    }
  }
  text += "\n  files    ";
  for (const auto& file : files.all()) text.append(" ").append(printable(file.string()));
  return text;
}

}  // namespace rollingdepth
