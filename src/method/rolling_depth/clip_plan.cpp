#include "method/rolling_depth/clip_plan.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/error.hpp"
#include "pipeline.hpp"

namespace rollingdepth {
namespace {

void require(bool condition, const char* field, std::int64_t value, const char* range) {
  if (condition) return;
  throw Error(ErrorKind::kUsage,
              std::string(field) + " must be " + range + ", not " + std::to_string(value));
}

void require_frames(std::int64_t value, std::int64_t smallest, const char* field) {
  require(value >= smallest && value <= kMaxFrames, field, value,
          smallest == 0 ? "0 to 1000000000" : "1 to 1000000000");
}

// The position of the plan with this dilation, made where there is none yet.
std::size_t plan_of_dilation(ClipPlan& plan, std::int64_t frames, std::int64_t dilation) {
  const auto found =
      std::find_if(plan.dilations.begin(), plan.dilations.end(),
                   [&](const SnippetPlan& made) { return made.dilation == dilation; });
  if (found != plan.dilations.end()) {
    return static_cast<std::size_t>(found - plan.dilations.begin());
  }
  plan.dilations.push_back(
      plan_snippets({.frames = frames, .length = plan.snippet_length, .dilation = dilation}));
  return plan.dilations.size() - 1;
}

}  // namespace

std::int64_t ClipPlan::snippets() const {
  return std::accumulate(
      entries.begin(), entries.end(), std::int64_t{0},
      [&](std::int64_t sum, std::size_t entry) { return sum + dilations[entry].size(); });
}

std::int64_t ClipPlan::distinct_snippets() const {
  return std::accumulate(
      dilations.begin(), dilations.end(), std::int64_t{0},
      [](std::int64_t sum, const SnippetPlan& plan) { return sum + plan.size(); });
}

std::optional<std::int64_t> expected_frames(const ClipInfo& clip, const PipelineOptions& options) {
  if (!clip.frames_estimate) return std::nullopt;
  const std::int64_t left = std::max<std::int64_t>(*clip.frames_estimate - options.start_frame, 0);
  return options.frame_count > 0 ? std::min(left, options.frame_count) : left;
}

bool expects_exactly(const ClipInfo& clip, const PipelineOptions& options) {
  if (clip.frames_exact || !clip.frames_estimate) return clip.frames_exact;
  // Estimates by duration and rate are wrong where the rate is, mostly by a factor of two.
  return options.frame_count > 0 &&
         options.start_frame + options.frame_count <= *clip.frames_estimate / 2;
}

ClipPlan plan_clip(FrameSize input, std::int64_t frames, const ModelInfo& model,
                   const PipelineOptions& options) {
  ClipPlan plan;
  plan.processing_size = processing_size(input, options.res_px, model.downscale);
  plan.output_size = options.restore_res ? input : plan.processing_size;
  plan.snippet_length = std::min(options.snippet_length, frames);
  if (plan.snippet_length < options.snippet_length) {
    plan.warnings.push_back("the clip has " + std::to_string(frames) +
                            (frames == 1 ? " frame" : " frames") + ", so snippets hold " +
                            std::to_string(plan.snippet_length) + " instead of " +
                            std::to_string(options.snippet_length));
  }
  for (const std::int64_t asked : options.dilations) {
    const std::int64_t dilation =
        options.cap_dilation ? cap_dilation(asked, frames, plan.snippet_length) : asked;
    if (plan.snippet_length > 1 && (plan.snippet_length - 1) * dilation >= frames) {
      plan.warnings.push_back("dilation " + std::to_string(dilation) + " does not fit a clip of " +
                              std::to_string(frames) + " frames and is left out");
      continue;
    }
    plan.entries.push_back(plan_of_dilation(plan, frames, dilation));
  }
  return plan;
}

std::int64_t default_chunk_overlap(std::int64_t chunk_frames) {
  return std::max<std::int64_t>(1, chunk_frames / 8);
}

void PipelineOptions::validate() const {
  require_frames(start_frame, 0, "start frame");
  require_frames(frame_count, 0, "frame count");
  require(res_px == 0 || (res_px >= kMinResolutionPx && res_px <= kMaxResolutionPx),
          "processing resolution", res_px, "0 or 8 to 16384");
  require(snippet_length >= 1 && snippet_length <= 4, "snippet length", snippet_length, "1 to 4");
  require_frames(batch.vae_frames, 0, "VAE batch size");
  require_frames(batch.snippets, 0, "snippet batch size");
  for (const std::int64_t dilation : dilations) require_frames(dilation, 1, "dilation");
  if (std::find(dilations.begin(), dilations.end(), 1) == dilations.end()) {
    throw Error(ErrorKind::kUsage,
                "the dilations must hold 1: only neighbouring frames cover the whole clip");
  }
  require_frames(chunk_frames, 0, "chunk");
  require(chunk_frames == 0 || chunk_frames >= 2 * snippet_length, "chunk", chunk_frames,
          "0 or at least two snippets long");
  require(chunk_frames == 0 || (chunk_overlap >= 1 && chunk_overlap <= chunk_frames / 2),
          "chunk overlap", chunk_overlap, "1 to half a chunk");
  align.validate();
  refine.validate();
}

void check_model_supports(const ModelInfo& model, const PipelineOptions& options) {
  const auto check = [&](const char* what, std::int64_t length) {
    const auto& lengths = model.snippet_lengths;
    if (std::find(lengths.begin(), lengths.end(), length) != lengths.end()) return;
    throw Error(ErrorKind::kUsage, std::string(what) + " " + std::to_string(length) +
                                       " is not among the lengths of model '" + model.name + "'");
  };
  check("snippet length", options.snippet_length);
  if (options.refine.steps > 0) check("refinement snippet length", options.refine.snippet_length);
}

}  // namespace rollingdepth
