#pragma once

#include <nlohmann/json.hpp>

#include "align/co_align.hpp"
#include "merge/merge_frame.hpp"

namespace rollingdepth {

/// The "alignment" of a report.
inline nlohmann::ordered_json alignment_json(const CoAlignSummary& align, MergeMethod merge) {
  const bool adam = align.aligner == Aligner::kAdam;
  nlohmann::ordered_json json = {
      {"aligner", to_string(align.aligner)},
      {adam ? "steps" : "rounds", align.steps},
      {"stopped", align.stop == CoAlignStop::kConverged ? "converged" : "limit"},
      {adam ? "first_loss" : "first_residual", align.first_objective},
      {adam ? "last_loss" : "last_residual", align.last_objective},
      {"noise", align.noise},
      {"min_scale", align.min_scale},
      {"max_scale", align.max_scale},
      {"seconds", align.seconds},
      {"merge", to_string(merge)}};
  if (adam) return json;
  json["degenerate_snippets"] = align.degenerate_snippets;
  json["contradicting_snippets"] = align.contradicting_snippets;
  json["contradicting_maps"] = align.contradicting_maps;
  json["down_weighted_snippets"] = align.down_weighted_snippets;
  json["down_weighted_frames"] = align.down_weighted_frames;
  json["single_frames"] = align.single_frames;
  json["loose_frames"] = align.loose_frames;
  json["parts"] = align.parts;
  return json;
}

}  // namespace rollingdepth
