#include "method/rolling_depth/options.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "base/read_setting.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

void require_length(const std::string& option, std::int64_t value) {
  if (value >= 1 && value <= kMaxSnippetLength) return;
  throw Error(ErrorKind::kUsage, option + ": " + std::to_string(value) + " is not within 1 to " +
                                     std::to_string(kMaxSnippetLength));
}

void require_dilations(const std::vector<std::int64_t>& dilations) {
  for (const std::int64_t dilation : dilations) {
    require_within("--dilations", dilation, 1, kMaxFrames);
  }
  if (std::find(dilations.begin(), dilations.end(), 1) != dilations.end()) return;
  throw Error(ErrorKind::kUsage, "--dilations: " + join_numbers(dilations) +
                                     " lacks 1, which covers every frame (add 1)");
}

void require_chunks(const RollingDepthOptions& options) {
  if (options.chunk_frames == 0) return;
  require_within("--chunk-frames", options.chunk_frames, 2 * kMaxSnippetLength, kMaxFrames);
  require_at_least("--chunk-overlap", options.chunk_overlap, 1);
  if (options.chunk_overlap > options.chunk_frames / 2) {
    throw Error(ErrorKind::kUsage, "--chunk-overlap: " + std::to_string(options.chunk_overlap) +
                                       " is more than half of --chunk-frames");
  }
  if (options.keep_maps) {
    throw Error(ErrorKind::kUsage, "--chunk-frames and --save-snippets exclude each other");
  }
}

}  // namespace

void RollingDepthOptions::validate() const {
  clip.validate();
  require_dilations(dilations);
  require_length("--snip-len", snippet_length);
  require_within("--max-vae-bs", batch.vae_frames, 0, kMaxFrames);
  require_within("snippets of a call", batch.snippets, 0, kMaxFrames);
  require_within("--refine-step", refine.steps, 0, kMaxRefineSteps);
  require_length("--refine-snippet-len", refine.snippet_length);
  require_within("--refine-start-dilation", refine.start_dilation, 1, kMaxFrames);
  require_at_least("--seed", seed, 0);
  require_chunks(*this);
  align.validate();
}

Settings align_settings(const CoAlignOptions& align) {
  Settings json = {{"aligner", to_string(align.aligner)},
                   {"border", align.border_px},
                   {"stride", align.stride_px},
                   {"samples_per_map", align.samples_per_map},
                   {"max_sample_bytes", align.max_sample_bytes}};
  if (align.aligner == Aligner::kIrls) {
    json["max_rounds"] = align.max_rounds;
    json["tolerance"] = align.tolerance;
  } else {
    json["max_steps"] = align.max_steps;
    json["min_steps"] = align.min_steps;
    json["patience"] = align.patience;
    json["threshold"] = align.threshold;
    json["learning_rate"] = align.learning_rate;
  }
  return json;
}

Settings RollingDepthOptions::settings() const {
  Settings json = clip.settings();
  json.update({{"dilations", dilations},
               {"cap_dilation", cap_dilation},
               {"snip_len", snippet_length},
               {"max_vae_bs", batch.vae_frames},
               {"max_snippets", batch.snippets},
               {"seed", seed},
               {"merge", to_string(merge)},
               {"spool_dtype", to_string(spool_dtype)},
               {"chunk_frames", chunk_frames},
               {"chunk_overlap", chunk_overlap},
               {"refine_step", refine.steps}});
  if (refine.steps > 0) {
    json["refine_snippet_len"] = refine.snippet_length;
    json["refine_start_dilation"] = refine.start_dilation;
  }
  json.update(align_settings(align));
  return json;
}

void RollingDepthOptions::set(const Settings& settings) {
  std::string quality = "balanced", aligner = to_string(align.aligner);
  std::string merged = to_string(merge), spooled = to_string(spool_dtype);
  const auto into = [](auto& field) {
    return [&field](const std::string& name, const Settings& value) {
      read_setting(name, value, field);
    };
  };
  const std::map<std::string, std::function<void(const std::string&, const Settings&)>> fields = {
      {"dilations", into(dilations)},
      {"cap_dilation", into(cap_dilation)},
      {"snip_len", into(snippet_length)},
      {"max_vae_bs", into(batch.vae_frames)},
      {"max_snippets", into(batch.snippets)},
      {"seed", into(seed)},
      {"quality", into(quality)},
      {"aligner", into(aligner)},
      {"merge", into(merged)},
      {"spool_dtype", into(spooled)},
      {"chunk_frames", into(chunk_frames)},
      {"chunk_overlap", into(chunk_overlap)},
      {"refine_step", into(refine.steps)},
      {"refine_snippet_len", into(refine.snippet_length)},
      {"refine_start_dilation", into(refine.start_dilation)}};
  for (const auto& [name, value] : settings.items()) {
    if (clip.set(name, value)) continue;
    const auto field = fields.find(name);
    if (field == fields.end()) {
      throw Error(ErrorKind::kUsage, "RollingDepth has no setting '" + name + "'");
    }
    field->second(name, value);
  }
  align = co_align_options(quality, parse_aligner(aligner));
  merge = parse_merge_method(merged);
  spool_dtype = parse_spool_dtype(spooled);
  refine.cap_dilation = cap_dilation;
  if (chunk_frames > 0 && chunk_overlap == 0) chunk_overlap = default_chunk_overlap(chunk_frames);
}

std::int64_t default_chunk_overlap(std::int64_t chunk_frames) {
  return std::max<std::int64_t>(1, chunk_frames / 8);
}

void check_model_supports(const ModelInfo& model, const RollingDepthOptions& options) {
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
