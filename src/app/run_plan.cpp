#include "rollingdepth/app/run_plan.hpp"

#include <algorithm>
#include <cmath>

#include "rollingdepth/app/console.hpp"
#include "rollingdepth/base/byte_size.hpp"
#include "rollingdepth/base/formatted.hpp"

namespace rollingdepth {
namespace {

// All of these are fits to peaks measured with 12 to 10,000 frames, see docs/long-video.md.
// LibTorch, codecs and their tables before any frame.
constexpr double kBaseBytes = 270e6;
// A picture of the input: what its decoder keeps, what is read ahead, one in float32.
constexpr double kInputBytesPerPixel = 58;
// A picture of an H.264 or H.265 output: its encoder looks some forty frames ahead.
constexpr double kH264BytesPerPixel = 400;
constexpr double kH265BytesPerPixel = 600;
// Values alive per pixel of every frame of a decoder call, at the widest point of the Stable
// Diffusion decoder (two maps of 256 channels and two of 128 at full size), and the parameters of
// that model. Channels grow with the square root of the parameters, which carries the figure over
// to smaller models, down to that of the default model.
constexpr double kReferenceValuesPerPixel = 768;
constexpr double kReferenceParameters = 950e6;
constexpr double kMinValuesPerPixel = 125;
// The same whatever the number of frames in a call.
constexpr double kFixedValuesPerPixel = 75;
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

double encoder_bytes(const RunOptions& options, FrameSize output) {
  const auto width = static_cast<double>(output.width_px);
  const auto height = static_cast<double>(output.height_px);
  double bytes =
      static_cast<double>(options.colormaps.size()) * width * height * kH264BytesPerPixel;
  if (options.save_side_by_side) bytes += 2 * width * height * kH264BytesPerPixel;
  if (options.depth_video == DepthVideo::kHevc) bytes += width * height * kH265BytesPerPixel;
  return bytes;
}

// Stages give back what they do not need any more, so the largest of them counts.
double estimate_memory(const RunPlan& plan, const ClipInfo& clip, const RunOptions& run,
                       const PipelineOptions& options, double model_bytes, double value_bytes) {
  // Packages hold two bytes per parameter, or four; two errs upwards.
  const double parameters = model_bytes / 2;
  const double values_per_pixel =
      std::clamp(kReferenceValuesPerPixel * std::sqrt(parameters / kReferenceParameters),
                 kMinValuesPerPixel, kReferenceValuesPerPixel);
  const double pixels = static_cast<double>(plan.processing_size.width_px) *
                        static_cast<double>(plan.processing_size.height_px);
  const double input_bytes = static_cast<double>(clip.width_px) *
                             static_cast<double>(clip.height_px) * kInputBytesPerPixel;
  const std::int64_t frames_per_call =
      options.batch.vae_frames > 0
          ? options.batch.vae_frames
          : choose_batch_sizes(plan.processing_size, options.snippet_length,
                               static_cast<std::size_t>(value_bytes), std::nullopt)
                .vae_frames;
  const double networks =
      pixels * value_bytes *
      (values_per_pixel * static_cast<double>(frames_per_call) + kFixedValuesPerPixel);
  const FrameSize output =
      options.restore_res ? FrameSize{clip.width_px, clip.height_px} : plan.processing_size;
  const double encoders = encoder_bytes(run, output);
  const double samples = static_cast<double>(plan.spool.sample_bytes) *
                             (options.align.aligner == Aligner::kAdam ? kAdamCopies : 1) +
                         static_cast<double>(plan.frames.value_or(0)) * kAlignBytesPerFrame;
  const double spool =
      run.resume
          ? 0
          : static_cast<double>(std::min(plan.spool.peak_bytes, options.spool.memory_limit_bytes));
  return kBaseBytes + parameters * value_bytes + input_bytes + spool +
         std::max({networks, encoders, samples});
}

std::string rate_text(Rational rate) { return formatted("%.4g", rate.value()); }

}  // namespace

RunPlan plan_run(const ClipInfo& clip, const RunOptions& run, const PipelineOptions& options,
                 const ModelInfo& model, std::uint64_t model_bytes, std::size_t value_bytes) {
  RunPlan plan;
  const FrameSize input{clip.width_px, clip.height_px};
  plan.frames = expected_frames(clip, options);
  plan.processing_size = processing_size(input, options.res_px, model.downscale);
  if (plan.frames && *plan.frames > 0) {
    plan.clip = plan_clip(input, *plan.frames, model, options);
    plan.spool = forecast_spool(input, *plan.frames, model, value_bytes, options);
  }
  // Without a job to go on with, what is small stays in memory.
  const bool in_memory = !run.resume && plan.spool.peak_bytes <= options.spool.memory_limit_bytes;
  plan.spool_bytes = in_memory ? 0 : plan.spool.peak_bytes;
  plan.memory_bytes = static_cast<std::uint64_t>(estimate_memory(plan, clip, run, options,
                                                                 static_cast<double>(model_bytes),
                                                                 static_cast<double>(value_bytes)));
  return plan;
}

std::string clip_line(const std::string& name, const ClipInfo& clip,
                      std::optional<std::int64_t> frames, FrameSize processing) {
  std::string line = name + " · " + size_text(clip.width_px, clip.height_px) + ", ";
  if (frames) line += std::to_string(*frames) + (*frames == 1 ? " frame at " : " frames at ");
  line += rate_text(clip.frame_rate) + " fps";
  if (clip.variable_frame_rate) line += " (variable)";
  return line + " → " + size_text(processing.width_px, processing.height_px);
}

std::string plan_text(const std::string& name, const ClipInfo& clip, const RunPlan& plan,
                      const OutputFiles& files) {
  std::string text = clip_line(name, clip, plan.frames, plan.processing_size);
  if (plan.clip) {
    text += "\n  snippets  ";
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
  if (plan.clip) {
    text += "\n  disk      about ";
    text += format_bytes(static_cast<double>(plan.spool_bytes)) + " for the spool";
    if (files.npy) {
      text += ", " + format_bytes(static_cast<double>(plan.spool.depth_bytes)) + " for " +
              files.npy->filename().string();
    }
  }
  text += "\n  files    ";
  for (const auto& file : files.all()) text.append(" ").append(file.string());
  return text;
}

}  // namespace rollingdepth
