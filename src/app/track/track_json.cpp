#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app/json_text.hpp"
#include "app/listings.hpp"
#include "app/track/track_output.hpp"
#include "base/formatted.hpp"
#include "base/versions.hpp"

namespace rollingdepth {
namespace {

using Json = nlohmann::ordered_json;

/// In as many digits as float32 has; null where there is none.
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  return std::strtod(formatted("%.7g", value).c_str(), nullptr);
}

Json camera_json(const Camera& camera) {
  return {{"fx", camera.fx_px},
          {"fy", camera.fy_px},
          {"cx", camera.cx_px},
          {"cy", camera.cy_px},
          {"distortion", camera.distortion},
          {"source", camera.source}};
}

Json scale_json(const TrackFacts& facts) {
  const DepthTracks& result = facts.result;
  if (!result.scale) return nullptr;
  Json json = {{"formula", "z = 1 / (scale * value + shift)"},
               {"scale", result.scale->scale},
               {"shift", result.scale->shift},
               {"from", nullptr}};
  if (const auto* range = std::get_if<NearAndFar>(&facts.options.metric)) {
    json["from"] = {{"near", range->near}, {"far", range->far}};
  } else if (result.known) {
    Json known = Json::array();
    const auto& distances = std::get<std::vector<KnownDistance>>(facts.options.metric);
    for (std::size_t i = 0; i < distances.size(); ++i) {
      known.push_back({{"frame", distances[i].frame},
                       {"x", distances[i].x_px},
                       {"y", distances[i].y_px},
                       {"metres", distances[i].metres},
                       {"fitted", number(result.known->metres[i])}});
    }
    json["from"] = {{"known", known}};
  } else {
    json["from"] = {{"assumed_near", kRelativePositions.near},
                    {"assumed_far", kRelativePositions.far}};
  }
  return json;
}

Json formulas_json() {
  Json formulas = Json::object();
  for (const MeasureInfo& measure : measure_table()) {
    formulas[std::string(measure.name)] = measure.formula;
  }
  return formulas;
}

Json measures_json(const PathMeasures& measures) {
  Json json = {{"points", measures.points}};
  for (const MeasureInfo& measure : measure_table()) {
    json[std::string(measure.name)] = number(measures.*measure.value);
  }
  return json;
}

Json smoothing_json(const DepthTracksOptions& options) {
  if (!options.smooth) return nullptr;
  const SmoothingOptions& smoothing = options.smoothing;
  return {{"outliers", "Hampel"},
          {"outlier_frames", 2 * smoothing.outlier_frames + 1},
          {"outlier_deviations", smoothing.outlier_deviations},
          {"course", "local lines in inverse depth"},
          {"line_frames", 2 * smoothing.line_frames + 1},
          {"longest_gap_frames", smoothing.longest_gap_frames}};
}

Json head_json(const TrackFacts& facts) {
  const TrackCommand& command = facts.command;
  const DepthTracks& result = facts.result;
  return {
      {"format", 1},
      {"kind", "tracks"},
      {"unit", unit_of(result)},
      {"versions", {{"rollingdepth", program_version()}, {"libtorch", torch_version()}}},
      {"clip",
       {{"path", facts.clip.name},
        {"frames", result.frames},
        {"width", facts.clip.width_px},
        {"height", facts.clip.height_px},
        {"values", to_string(facts.options.values)}}},
      {"input",
       {{"path", command.tracks.string()},
        {"format", facts.file.format},
        {"frame_base", facts.file.frame_base},
        {"coordinates", to_string(facts.file.coordinates)}}},
      {"video",
       {{"path", command.video ? Json(command.video->string()) : Json(nullptr)},
        {"width", facts.options.video.width_px},
        {"height", facts.options.video.height_px},
        {"frames_per_second",
         facts.origin.frames_per_second ? Json(*facts.origin.frames_per_second) : Json(nullptr)}}},
      {"smoothing", smoothing_json(facts.options)},
      {"camera", camera_json(facts.options.camera)},
      {"scale", scale_json(facts)},
      {"formulas", formulas_json()},
      {"units", {{"measures_2d", "pixels"}, {"measures_3d", unit_of(result)}}},
      {"remarks", remarks_on(facts)}};
}

Json point_json(const DepthPoint& point) {
  Json json = {{"frame", point.place.frame}, {"x", point.place.x_px}, {"y", point.place.y_px}};
  if (point.place.is_box()) {
    json["width"] = point.place.width_px;
    json["height"] = point.place.height_px;
  }
  json["depth"] = number(point.sample.depth);
  json["depth_smooth"] = number(point.depth_smooth);
  json["spread"] = number(point.sample.spread);
  json["edge"] = point.sample.edge;
  json["valid"] = point.sample.valid;
  json["visible"] = point.place.visible;
  json["outlier"] = point.outlier;
  json["position"] = nullptr;
  if (point.sample.valid) {
    json["position"] = {number(point.position[0]), number(point.position[1]),
                        number(point.position[2])};
  }
  return json;
}

/// A line. File names and labels need not be UTF-8; JSON must be.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

// By hand around each point: a tree of all of them would take several times the text's memory.
std::string tracks_json(const TrackFacts& facts) {
  std::string text = json_text(head_json(facts));
  text.erase(text.rfind('}'));
  text.pop_back();
  text += ",\n  \"tracks\": [";
  const char* separator = "\n";
  for (const DepthTrack& track : facts.result.tracks) {
    Json json = {{"id", track.id}};
    if (!track.label.empty()) json["label"] = track.label;
    json["measures_2d"] = measures_json(track.pixels);
    json["measures_3d"] = measures_json(track.positions);
    std::string head = line_of(json);
    head.pop_back();
    text.append(separator).append("    ").append(head).append(",\n     \"points\": [");
    const char* between = "\n";
    for (const DepthPoint& point : track.points) {
      text.append(between).append("       ").append(line_of(point_json(point)));
      between = ",\n";
    }
    text += "]}";
    separator = ",\n";
  }
  return text + "\n  ]\n}\n";
}

}  // namespace rollingdepth
