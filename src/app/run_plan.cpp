#include "rollingdepth/app/run_plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "rollingdepth/app/console.hpp"
#include "rollingdepth/base/byte_size.hpp"

namespace rollingdepth {
namespace {

// LibTorch, codecs and their tables before any frame.
constexpr double kBaseBytes = 300e6;
// Values alive per pixel at the widest point of the Stable Diffusion decoder (two maps of 256
// channels and two of 128 at full size), and the parameters of that model. Channels grow with the
// square root of the parameters, which carries the figure over to smaller models.
constexpr double kReferenceValuesPerPixel = 768;
constexpr double kReferenceParameters = 950e6;
// Measured with the tiny reference model, whose attention does not shrink with its channels.
constexpr double kMinValuesPerPixel = 224;
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

double estimate_memory(const RunPlan& plan, const PipelineOptions& options, const ModelInfo& model,
                       double model_bytes, double value_bytes) {
  // Packages hold two bytes per parameter, or four; two errs upwards.
  const double parameters = model_bytes / 2;
  const double values_per_pixel =
      std::clamp(kReferenceValuesPerPixel * std::sqrt(parameters / kReferenceParameters),
                 kMinValuesPerPixel, kReferenceValuesPerPixel);
  const double pixels = static_cast<double>(plan.processing_size.width_px) *
                        static_cast<double>(plan.processing_size.height_px);
  const auto frames = static_cast<double>(plan.frames.value_or(0));
  const auto limit = static_cast<double>(options.spool.memory_limit_bytes);

  double bytes = kBaseBytes + parameters * value_bytes;
  bytes += pixels * values_per_pixel * value_bytes * static_cast<double>(options.max_vae_frames);
  const auto cell = static_cast<double>(model.downscale * model.downscale);
  bytes += frames * static_cast<double>(model.latent_channels) * pixels / cell * value_bytes;
  bytes += std::min(frames * pixels * 4, limit);  // The merged depth.
  if (!plan.clip) return bytes;
  const auto stride = static_cast<double>(
      options.align.sample_stride_px(plan.processing_size.height_px, plan.processing_size.width_px,
                                     plan.clip->distinct_snippets() * plan.clip->snippet_length));
  for (const SnippetPlan& dilation : plan.clip->dilations) {
    const auto maps = static_cast<double>(dilation.size() * dilation.length);
    bytes += std::min(maps * pixels * 4, limit);  // The spool of decoded snippets.
    bytes += maps * pixels / (stride * stride) * 4 *
             (options.align.aligner == Aligner::kAdam ? kAdamCopies : 1);
  }
  return bytes;
}

std::string rate_text(Rational rate) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", rate.value());
  return text;
}

}  // namespace

RunPlan plan_run(const ClipInfo& clip, const PipelineOptions& options, const ModelInfo& model,
                 std::uint64_t model_bytes, std::size_t value_bytes) {
  RunPlan plan;
  plan.frames = expected_frames(clip, options);
  plan.processing_size =
      processing_size({clip.width_px, clip.height_px}, options.res_px, model.downscale);
  if (plan.frames && *plan.frames > 0) {
    plan.clip = plan_clip({clip.width_px, clip.height_px}, *plan.frames, model, options);
  }
  plan.memory_bytes = static_cast<std::uint64_t>(estimate_memory(
      plan, options, model, static_cast<double>(model_bytes), static_cast<double>(value_bytes)));
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
  text += "\n  files    ";
  for (const auto& file : files.all()) text.append(" ").append(file.string());
  return text;
}

}  // namespace rollingdepth
