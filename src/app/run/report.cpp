#include "app/run/report.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/json_text.hpp"
#include "app/listings.hpp"
#include "app/text_file.hpp"
#include "base/numerics.hpp"
#include "base/versions.hpp"
#include "decode/video_reader.hpp"
#include "method/rolling_depth/model.hpp"

namespace rollingdepth {
namespace {

using Json = nlohmann::ordered_json;

std::string fraction(Rational value) {
  return std::to_string(value.num) + "/" + std::to_string(value.den);
}

Json size_json(FrameSize size) { return {{"width", size.width_px}, {"height", size.height_px}}; }

Json input_json(const PlannedInput& input, const JobFacts& facts) {
  Json json = {{"name", input.name},
               {"width", facts.clip.width_px},
               {"height", facts.clip.height_px},
               {"frame_rate", fraction(facts.summary.frame_rate)},
               {"time_base", fraction(facts.clip.time_base)},
               {"variable_frame_rate", facts.summary.variable_frame_rate}};
  json["frames_in_container"] =
      facts.clip.frames_estimate ? Json(*facts.clip.frames_estimate) : Json(nullptr);
  return json;
}

Json model_json(const RunSetup& setup) {
  const PackageInfo& model = setup.method.package();
  return {{"name", model.name},         {"hash", model.hash},
          {"source", model.source},     {"license", model.license},
          {"device", setup.device},     {"dtype", setup.dtype},
          {"tf32", setup.options.tf32}, {"threads", setup.networks.threads}};
}

Json settings_json(const RunSetup& setup) {
  const RunOptions& options = setup.options;
  Json json = Json::object();
  if (setup.method.package().kind == kRollingDepthKind) {
    json = {{"preset", options.preset},
            {"replaced_preset_values", setup.resolved.notices},
            {"quality", options.alignment.quality}};
  }
  json.update(setup.method.settings());
  json.update({{"unload_snippet", options.unload_snippet}, {"color_maps", options.colormaps}});
  json["depth_video"] = nullptr;
  for (const OutputFormat& format : output_formats()) {
    const bool is_chosen = format.kind == OutputOption::kChoice && options.writes(format.name);
    if (is_chosen) json["depth_video"] = format.choice;
  }
  json["deinterlace"] = options.deinterlace;
  json["scenes"] = "none";
  json["range"] = "shot";
  json.update(options.scenes.settings());
  json["audio"] = options.audio;
  json["fps"] = options.output_fps ? Json(fraction(*options.output_fps)) : Json(nullptr);
  return json;
}

Json workers_json(const std::vector<ClipRunSummary::Share>& shares) {
  Json json = Json::array();
  for (const auto& [worker, batches, seconds] : shares) {
    json.push_back({{"device", worker.device.str()},
                    {"threads", worker.threads},
                    {"batches", batches},
                    {"seconds", seconds}});
  }
  return json;
}

Json result_json(const ClipRunSummary& summary, const RunSetup& setup) {
  Json json = {{"frames", summary.frames},
               {"processing_size", size_json(summary.processing_size)},
               {"output_size", size_json(summary.output_size)},
               {"values", to_string(setup.method.values())}};
  json.update(summary.method.at("result"));
  return json;
}

Json outputs_json(const OutputFiles& files, const std::vector<std::string>& earlier) {
  Json json = Json::array();
  for (const auto& file : files.all()) json.push_back(file.filename().string());
  for (const std::string& name : earlier) {
    if (std::find(json.begin(), json.end(), Json(name)) == json.end()) json.push_back(name);
  }
  return json;
}

Json sound_json(const std::vector<WrittenTrack>& tracks) {
  Json json = Json::array();
  for (const WrittenTrack& track : tracks) {
    json.push_back({{"codec", track.codec},
                    {"language", track.language.empty() ? Json(nullptr) : Json(track.language)},
                    {"written", track.copied ? "copied" : "AAC"}});
  }
  return json;
}

/// Remarks on the files: yuv420p holds even sizes only.
Json notes_json(const OutputFiles& files, const ClipRunSummary& summary) {
  Json notes = Json::array();
  const FrameSize size = summary.output_size;
  for (const OutputFile& file : files.formats) {
    const std::string name = file.path.filename().string() + ": ";
    if (file.format->name == "cameras") {
      notes.push_back(name + "cameras of different windows are not aligned with each other");
    }
    if (file.format->pads_columns && size.width_px % 2 != 0) {
      notes.push_back(name + "padded by one column at the right");
    }
    if (file.format->pads_rows && size.height_px % 2 != 0) {
      notes.push_back(name + "padded by one row at the bottom");
    }
  }
  return notes;
}

}  // namespace

std::string report_text(const PlannedInput& input, const OutputFiles& files, const RunSetup& setup,
                        const JobFacts& facts) {
  Json stages = Json::array();
  for (const auto& [stage, seconds] : facts.summary.stage_seconds) {
    stages.push_back({{"stage", stage}, {"seconds", seconds}});
  }
  Json report = {
      {"versions",
       {{"rollingdepth", program_version()},
        {"numerics", kNumerics},
        {"libtorch", torch_version()},
        {"ffmpeg", libav_version()},
        {"opencv", opencv_version()}}},
      {"input", input_json(input, facts)},
      {"model", model_json(setup)},
      {"settings", settings_json(setup)},
      {"identity", facts.identity},
      {"result", result_json(facts.summary, setup)},
  };
  for (const auto& [name, value] : facts.summary.method.items()) {
    if (name != "result") report[name] = value;
  }
  report.update({
      {"stages", stages},
      {"workers", workers_json(facts.summary.shares)},
      {"seconds", facts.seconds},
      {"frames_per_second", static_cast<double>(facts.summary.frames) / facts.seconds},
      {"peak_memory_bytes", facts.peak_memory_bytes},
      {"spool_bytes", facts.summary.spool_bytes},
      {"resumed", facts.resumed},
      {"outputs", outputs_json(files, facts.earlier_outputs)},
      {"sound", sound_json(facts.sound)},
      {"notes", notes_json(files, facts.summary)},
      {"warnings", facts.warnings},
  });
  return json_text(report);
}

void write_report(const PlannedInput& input, const OutputFiles& files, const RunSetup& setup,
                  const JobFacts& facts) {
  write_text_file(files.report, report_text(input, files, setup, facts));
}

std::uint64_t peak_memory_bytes() {
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto resident = static_cast<std::uint64_t>(usage.ru_maxrss);
#ifdef __APPLE__
  return resident;  // Bytes there, kilobytes elsewhere.
#else
  return resident * 1024;
#endif
}

}  // namespace rollingdepth
