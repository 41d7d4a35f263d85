#include <cmath>
#include <nlohmann/json.hpp>

#include "app/compare/comparison_output.hpp"
#include "app/json_text.hpp"
#include "app/listings.hpp"
#include "base/versions.hpp"

namespace rollingdepth {
namespace {

using Json = nlohmann::ordered_json;

/// JSON knows neither NaN nor infinities: null, and "inf" for the PSNR of equal maps.
Json number(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

template <class Value>
Json optional_json(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json optional_path(const std::optional<std::filesystem::path>& path) {
  return path ? Json(path->string()) : Json(nullptr);
}

Json clip_json(const DepthListing& listing, const ValueSummary& values) {
  return {{"path", listing.name},           {"frames", listing.frames},
          {"height", listing.height_px},    {"width", listing.width_px},
          {"min", number(values.min)},      {"max", number(values.max)},
          {"not_finite", values.not_finite}};
}

Json settings_json(const ComparisonFacts& facts) {
  const ComparisonOptions& options = facts.command.options;
  const bool truth = options.ground_truth;
  const bool resized = facts.reference.height_px != facts.candidate.height_px ||
                       facts.reference.width_px != facts.candidate.width_px;
  return {{"align", to_string(options.alignment)},
          {"align_scope", options.scope == FitScope::kClip ? "clip" : "frame"},
          {"fit", to_string(options.fit)},
          {"ground_truth", truth},
          {"min_depth", truth ? Json(facts.comparison.min_depth) : Json(nullptr)},
          {"max_depth", truth ? Json(facts.comparison.max_depth) : Json(nullptr)},
          {"resized", resized},
          {"frames", options.common_frames ? "common" : "same"},
          {"png_scale", facts.command.png_scale},
          {"edge_threshold", options.edge_threshold},
          {"video_from", facts.command.video_from.value_or(0)}};
}

Json affine_json(const std::optional<DepthAffine>& affine) {
  if (!affine) return nullptr;
  return {{"scale", number(affine->scale)}, {"shift", number(affine->shift)}};
}

void add_metrics(const std::vector<MetricInfo>& metrics, const MetricValues& values, Json& json) {
  for (const MetricInfo& metric : metrics) {
    json[std::string(metric.name)] = number(values[metric.metric]);
  }
}

Json frames_json(const ComparisonFacts& facts, const std::vector<MetricInfo>& metrics) {
  Json frames = Json::array();
  for (const FrameComparison& frame : facts.comparison.frames) {
    Json json = {{"frame", frames.size()}, {"valid_pixels", frame.valid_pixels}};
    if (frame.affine) json["affine"] = affine_json(frame.affine);
    add_metrics(metrics, frame.metrics, json);
    frames.push_back(std::move(json));
  }
  return frames;
}

Json bounds_json(const std::vector<BoundResult>& bounds) {
  Json json = Json::array();
  for (const BoundResult& result : bounds) {
    const MetricInfo& metric = metric_info(result.bound.metric);
    json.push_back({{"metric", metric.name},
                    {"kind", bound_kind(metric)},
                    {"limit", result.bound.limit},
                    {"value", number(result.value)},
                    {"holds", result.holds},
                    {"frame", optional_json(result.frame)}});
  }
  return json;
}

}  // namespace

std::string comparison_json(const ComparisonFacts& facts) {
  const std::vector<MetricInfo> metrics = measured_metrics(facts.command);
  Json clip = Json::object();
  add_metrics(metrics, facts.comparison.metrics, clip);
  const Json json = {
      {"format", 1},
      {"kind", "comparison"},
      {"versions", {{"rollingdepth", program_version()}, {"libtorch", torch_version()}}},
      {"reference", clip_json(facts.reference, facts.comparison.reference)},
      {"candidate", clip_json(facts.candidate, facts.comparison.candidate)},
      {"video", optional_path(facts.command.video)},
      {"mask", optional_path(facts.command.mask)},
      {"settings", settings_json(facts)},
      {"affine", affine_json(facts.comparison.affine)},
      {"frames_compared", facts.comparison.frames.size()},
      {"valid_pixels", facts.comparison.valid_pixels},
      {"clip", clip},
      {"frames", frames_json(facts, metrics)},
      {"bounds", bounds_json(facts.bounds)},
      {"warnings", facts.comparison.warnings},
      {"passed", facts.passed()}};
  return json_text(json);
}

}  // namespace rollingdepth
