#include "app/run/finished_outputs.hpp"

#include <algorithm>
#include <utility>

#include "app/json_text.hpp"
#include "base/json_reader.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kRate = "fps";
constexpr const char* kSideBySideMap = "side_by_side_colormap";
constexpr const char* kAudio = "audio";
constexpr const char* kPoints = "points";
// Of outputs that a run can do without: null, or missing in a report of an earlier version.
constexpr const char* kOfOneOutput[] = {kSideBySideMap, kAudio, kPoints};

// What a report vouches for; a null identity where it names none. `why`: what is wrong with it.
EarlierOutputs read_report(const std::filesystem::path& report, std::string& why) try {
  const auto json = read_json<JobIdentity>(report);
  return {json.at("identity"), json.at("outputs").get<std::vector<std::string>>()};
} catch (const JobIdentity::exception&) {
  return {nullptr, {}};
} catch (const std::exception& error) {
  why = ": " + describe(error);
  return {nullptr, {}};
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorKind::kOutput, file.string() + " exists, " + why +
                                      " (--overwrite replaces it, -o writes elsewhere)");
}

// Finished outputs are good whichever processor or GPU has computed them. Earlier versions named a
// GPU by its number, and included the time of change in the hash of many pictures.
void forgive(JobIdentity& now, JobIdentity& before) {
  const bool is_earlier = now["identity"] != before["identity"];
  const bool is_unchanged = now["input_changed_ns"] == before["input_changed_ns"];
  if (is_earlier && is_unchanged && now["input_files"] != 1) {
    now.erase("input_hash");
    before.erase("input_hash");
  }
  for (JobIdentity* identity : {&now, &before}) {
    for (const char* key : {"kernels", "identity"}) identity->erase(key);
    JobIdentity& device = (*identity)["device"];
    if (!device.is_string()) continue;
    const std::string name = device.get<std::string>();
    device = name.substr(0, name.find(':'));
  }
}

// What differs between two runs as far as files are concerned that both of them write.
std::string differences_of_outputs(JobIdentity now, JobIdentity before) {
  forgive(now, before);
  for (const char* key : kOfOneOutput) {
    for (const JobIdentity* identity : {&now, &before}) {
      if (!identity->value(key, JobIdentity(nullptr)).is_null()) continue;
      now.erase(key);
      before.erase(key);
    }
  }
  return differences(now, before);
}

// Whether they differ in nothing but what is left to the machine.
bool differ_by_machine(JobIdentity now, JobIdentity before, const LeftOpen& open) {
  for (JobIdentity* identity : {&now, &before}) {
    if (open.device) identity->erase("device");
    if (open.dtype) identity->erase("dtype");
  }
  return differences_of_outputs(std::move(now), std::move(before)).empty();
}

}  // namespace

JobIdentity report_identity(const JobIdentity& identity, const RunOptions& options) {
  JobIdentity json = identity;
  json[kRate] = options.output_fps ? JobIdentity(std::to_string(options.output_fps->num) + "/" +
                                                 std::to_string(options.output_fps->den))
                                   : JobIdentity(nullptr);
  // The other files have their colour map in their names.
  json[kSideBySideMap] = nullptr;
  if (options.writes("sbs")) json[kSideBySideMap] = side_by_side_colormap(options);
  json[kAudio] = nullptr;
  if (options.writes_films()) json[kAudio] = options.audio;
  json[kPoints] = nullptr;
  if (options.writes("ply")) json[kPoints] = options.points.text();
  if (options.png_scale) json["png_scale"] = *options.png_scale;
  return json;
}

LeftOpen left_open(const RunOptions& options, const ResolvedOptions& resolved) {
  return {.device = options.devices.front() == "auto", .dtype = resolved.dtype == "auto"};
}

bool outputs_are_finished(const OutputFiles& files, const JobIdentity& identity,
                          const LeftOpen& open, bool job_waits) {
  std::error_code ignored;
  const bool reported = std::filesystem::exists(files.report, ignored);
  std::string why;
  const EarlierOutputs before = reported ? read_report(files.report, why) : EarlierOutputs{};
  if (reported) {
    if (!before.identity.is_object()) {
      refuse(files.report, "and does not say how its outputs were made" + why);
    }
    const std::string different = differences_of_outputs(identity, before.identity);
    if (!different.empty() &&
        !(files.all_exist() && differ_by_machine(identity, before.identity, open))) {
      refuse(files.report, "from a run with other settings: " + different);
    }
  }
  for (const std::filesystem::path& file : files.all()) {
    if (file == files.report || !std::filesystem::exists(file, ignored)) continue;
    const auto& names = before.names;
    const std::string name = as_json_spells(file.filename().string());
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    // A run that was stopped while its files got their names.
    if (job_waits) continue;
    refuse(file, reported ? "and its report is of a run that did not write it"
                          : "and no report says how it was made");
  }
  return reported && files.all_exist();
}

EarlierOutputs earlier_outputs(const OutputFiles& files, const JobIdentity& identity) {
  EarlierOutputs now{identity, {}};
  std::string ignored_why;
  const EarlierOutputs before = read_report(files.report, ignored_why);
  if (!before.identity.is_object() || !differences_of_outputs(identity, before.identity).empty()) {
    return now;
  }
  std::error_code ignored;
  for (const std::string& name : before.names) {
    const auto all = files.all();
    const bool is_one = std::any_of(all.begin(), all.end(), [&](const auto& file) {
      return as_json_spells(file.filename().string()) == name &&
             std::filesystem::exists(file, ignored);
    });
    if (is_one || std::filesystem::exists(files.folder / name, ignored)) now.names.push_back(name);
  }
  for (const char* key : kOfOneOutput) {
    if (!now.identity[key].is_null()) continue;
    now.identity[key] = before.identity.value(key, JobIdentity(nullptr));
  }
  return now;
}

}  // namespace rollingdepth
