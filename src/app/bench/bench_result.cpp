#include "app/bench/bench_result.hpp"

#include <algorithm>

#include "app/listings.hpp"
#include "base/json_reader.hpp"
#include "base/median.hpp"
#include "base/versions.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(const std::string& name, const std::string& why = "") {
  throw Error(ErrorKind::kInput, "cannot read " + name +
                                     ": it is not the JSON of rollingdepth bench, format 1" +
                                     (why.empty() ? "" : ": " + why));
}

Json run_json(const BenchRun& run) {
  Json stages = Json::object();
  for (const auto& [stage, seconds] : run.stages) stages[stage] = seconds;
  return {{"seconds", run.seconds},
          {"frames_per_second", run.frames_per_second},
          {"peak_memory_bytes", run.peak_memory_bytes},
          {"stages", stages}};
}

BenchRun parse_run(const Json& json) {
  BenchRun run{.seconds = json.at("seconds").get<double>(),
               .frames_per_second = json.at("frames_per_second").get<double>(),
               .peak_memory_bytes = json.at("peak_memory_bytes").get<double>(),
               .stages = {}};
  for (const auto& [stage, seconds] : json.at("stages").items()) {
    run.stages.emplace_back(stage, seconds.get<double>());
  }
  return run;
}

BenchedSetting parse_setting(const Json& json) {
  BenchedSetting setting;
  setting.setting.name = json.at("name").get<std::string>();
  setting.setting.arguments = json.at("arguments").get<std::vector<std::string>>();
  setting.frames = json_value<std::int64_t>(json.at("frames"));
  setting.device = json.at("device").get<std::string>();
  setting.threads = json_value<int>(json.at("threads"));
  for (const Json& run : json.at("runs")) setting.runs.push_back(parse_run(run));
  if (setting.runs.empty()) {
    throw Error(ErrorKind::kInput, "'" + setting.setting.name + "' has no runs");
  }
  const Json& error = json.at("alignment_error");
  if (!error.is_null()) setting.alignment_error = error.get<double>();
  return setting;
}

}  // namespace

double stage_seconds(const BenchRun& run, const std::string& stage) {
  const auto found = std::find_if(run.stages.begin(), run.stages.end(),
                                  [&](const auto& entry) { return entry.first == stage; });
  return found == run.stages.end() ? 0 : found->second;
}

BenchRun BenchedSetting::median() const {
  const auto of = [&](auto&& value) {
    std::vector<double> values;
    for (const BenchRun& run : runs) values.push_back(value(run));
    return median_of(values);
  };
  BenchRun median{
      .seconds = of([](const BenchRun& run) { return run.seconds; }),
      .frames_per_second = of([](const BenchRun& run) { return run.frames_per_second; }),
      .peak_memory_bytes = of([](const BenchRun& run) { return run.peak_memory_bytes; }),
      .stages = runs.front().stages};
  for (auto& [stage, seconds] : median.stages) {
    seconds = of([&stage = stage](const BenchRun& run) { return stage_seconds(run, stage); });
  }
  return median;
}

Json bench_json(const BenchResult& result) {
  Json settings = Json::array();
  for (const BenchedSetting& setting : result.settings) {
    Json runs = Json::array();
    for (const BenchRun& run : setting.runs) runs.push_back(run_json(run));
    settings.push_back({{"name", setting.setting.name},
                        {"arguments", setting.setting.arguments},
                        {"frames", setting.frames},
                        {"device", setting.device},
                        {"threads", setting.threads},
                        {"runs", runs},
                        {"median", run_json(setting.median())},
                        {"alignment_error", setting.alignment_error ? Json(*setting.alignment_error)
                                                                    : Json(nullptr)}});
  }
  return {{"format", 1},
          {"kind", "bench"},
          {"versions", {{"rollingdepth", program_version()}, {"libtorch", torch_version()}}},
          {"processor", result.processor},
          {"model", result.model},
          {"clip", result.clip},
          {"repeats", result.repeats},
          {"reference", result.reference.empty() ? Json(nullptr) : Json(result.reference)},
          {"common", result.common},
          {"settings", settings}};
}

BenchResult parse_bench_json(const std::string& name, const std::string& text) try {
  const auto json = parse_json<Json>(text);
  if (json.at("kind") != "bench" || json.at("format") != 1) refuse(name);
  const Json& reference = json.at("reference");
  BenchResult result;
  result.clip = json.at("clip").get<std::string>();
  result.repeats = json_value<int>(json.at("repeats"));
  if (!reference.is_null()) result.reference = reference.get<std::string>();
  result.processor = json.at("processor").get<std::string>();
  result.model = json.at("model").get<std::string>();
  result.common = json.at("common").get<std::vector<std::string>>();
  for (const Json& setting : json.at("settings")) {
    result.settings.push_back(parse_setting(setting));
  }
  return result;
} catch (const JsonError& error) {
  refuse(name, error.what());
} catch (const Json::exception&) {
  refuse(name);
}

BenchResult read_bench_json(const std::filesystem::path& file) {
  std::string text;
  try {
    text = read_json_text(file);
  } catch (const JsonError& error) {
    refuse(file.string(), error.what());
  }
  return parse_bench_json(file.string(), text);
}

}  // namespace rollingdepth
