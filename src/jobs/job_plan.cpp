#include "jobs/job_plan.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "film/film_run.hpp"
#include "jobs/claims.hpp"
#include "jobs/sealed_json.hpp"
#include "jobs/shard_notes.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/error.hpp"
#include "store/shard_files.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlan = "plan.json";
constexpr int kFormat =
    2;  // Of the plan; the records beside it are those of the manifest's format.
// What no process is called that writes records: all files are those of others then.
constexpr const char* kNobody = "nobody";

UnitRecords records_of(const Settings& json) {
  UnitRecords records{.phase = json.at("phase").get<std::string>(),
                      .unit = json.at("unit").get<std::string>(),
                      .store = json.at("store").get<std::string>(),
                      .first = json.at("first").get<std::int64_t>(),
                      .units = json.at("units").get<std::int64_t>(),
                      .record_bytes = json.at("record_bytes").get<std::int64_t>()};
  constexpr std::int64_t kMostUnits = 8 * kMaxFrames;
  const auto is_count = [](std::int64_t value) { return value >= 0 && value <= kMostUnits; };
  if (!is_count(records.first) || !is_count(records.units) || records.record_bytes < 1) {
    throw std::out_of_range("records");
  }
  return records;
}

JobPlan plan_of(const Settings& json) {
  JobPlan plan{.id = std::stoull(json.at("id").get<std::string>(), nullptr, 16),
               .input = unescaped(json.at("input").get<std::string>()),
               .model = unescaped(json.at("model").get<std::string>()),
               .arguments = {},
               .size = {.width_px = json.at("width").get<std::int64_t>(),
                        .height_px = json.at("height").get<std::int64_t>()},
               .frames = json.at("frames").get<std::int64_t>(),
               .batch = {.vae_frames = json.at("batch").at("vae_frames").get<std::int64_t>(),
                         .snippets = json.at("batch").at("snippets").get<std::int64_t>()},
               .threads = json.at("threads_per_operation").get<int>(),
               .cuts = json.at("cuts").get<std::vector<std::int64_t>>(),
               .records = {},
               .identity = json.at("identity")};
  (void)compute_of(plan.identity);
  if (plan.frames < 1 || plan.batch.vae_frames < 1 || plan.batch.snippets < 1 || plan.threads < 1) {
    throw std::out_of_range("plan");
  }
  for (const std::string& word : json.at("arguments").get<std::vector<std::string>>()) {
    plan.arguments.push_back(unescaped(word));
  }
  for (const Settings& records : json.at("phases")) plan.records.push_back(records_of(records));
  if (plan.records.empty()) throw std::out_of_range("phases");
  return plan;
}

// Of the stores of shots that are finished: what they were made from is gone.
std::vector<std::string> finished_prefixes(const fs::path& job_folder, const JobPlan& plan) {
  std::vector<std::string> prefixes;
  if (plan.cuts.empty()) return prefixes;
  SpoolPlace place;
  place.folder = job_folder;
  place.job = plan.id;
  place.writer = kNobody;
  const std::vector<bool> finished = finished_shots(place, plan.cuts, plan.frames);
  for (std::size_t i = 0; i < finished.size(); ++i) {
    if (finished[i]) prefixes.push_back(shot_prefix(static_cast<std::int64_t>(i)));
  }
  return prefixes;
}

}  // namespace

std::optional<JobPlan> read_plan(const fs::path& job_folder) {
  const std::optional<Settings> json = read_sealed(job_folder, kPlan, kFormat);
  if (!json) return std::nullopt;
  try {
    return plan_of(*json);
  } catch (const std::exception&) {
    throw Error(ErrorKind::kOutput, std::string("its ") + kPlan + " is damaged");
  }
}

bool has_plan(const fs::path& job_folder) {
  std::error_code ignored;
  return fs::exists(job_folder / kPlan, ignored);
}

JobPlan require_plan(const fs::path& job_folder) {
  std::error_code ignored;
  const auto refuse = [&](const std::string& why) -> JobPlan {
    throw Error(ErrorKind::kInput, job_folder.string() + ": " + why);
  };
  if (!fs::exists(job_folder, ignored)) {
    return refuse("no such folder: it was never planned, or is merged already");
  }
  std::optional<JobPlan> plan;
  try {
    plan = read_plan(job_folder);
  } catch (const Error& error) {
    return refuse(std::string(error.what()) + " (rollingdepth plan makes it anew)");
  }
  if (!plan) return refuse("no job that was planned (rollingdepth plan makes one)");
  return *std::move(plan);
}

void write_plan(const fs::path& job_folder, const JobPlan& plan) {
  std::vector<std::string> arguments;
  for (const std::string& word : plan.arguments) arguments.push_back(escaped(word));
  Settings phases = Settings::array();
  for (const auto& [phase, unit, store, first, units, record_bytes] : plan.records) {
    phases.push_back({{"phase", phase},
                      {"unit", unit},
                      {"units", units},
                      {"store", store},
                      {"first", first},
                      {"record_bytes", record_bytes}});
  }
  write_sealed(
      job_folder, kPlan,
      {{"format", kFormat},
       {"id", hexadecimal(plan.id)},
       {"input", escaped(plan.input)},
       {"model", escaped(plan.model.string())},
       {"arguments", arguments},
       {"width", plan.size.width_px},
       {"height", plan.size.height_px},
       {"frames", plan.frames},
       {"batch", {{"vae_frames", plan.batch.vae_frames}, {"snippets", plan.batch.snippets}}},
       {"threads_per_operation", plan.threads},
       {"cuts", plan.cuts},
       {"phases", std::move(phases)},
       {"identity", plan.identity}});
}

void remove_plan(const fs::path& job_folder) noexcept try {
  std::error_code ignored;
  for (const std::string& name : {std::string(kPlan), name_while_written(kPlan)}) {
    fs::remove(job_folder / name, ignored);
  }
  remove_notes(job_folder);
  Claims::remove_all(job_folder);
} catch (const std::exception&) {  // Memory for the path.
}

bool are_complete(const std::vector<UnitsDone>& units) {
  return std::all_of(units.begin(), units.end(),
                     [](const UnitsDone& part) { return part.missing.empty(); });
}

std::vector<UnitsDone> count_units(const fs::path& job_folder, const JobPlan& plan) {
  ShardFiles files(job_folder, kNobody, plan.id);
  const auto is_finished = [shots = finished_prefixes(job_folder, plan)](const std::string& store) {
    return std::any_of(shots.begin(), shots.end(),
                       [&](const std::string& prefix) { return store.starts_with(prefix); });
  };
  std::vector<UnitsDone> counted;
  for (const UnitRecords& records : plan.records) {
    UnitsDone units{.records = records, .done = 0, .missing = {}};
    if (is_finished(records.store)) {
      units.done = records.units;
      counted.push_back(std::move(units));
      continue;
    }
    for (std::int64_t i = records.first; i < records.first + records.units; ++i) {
      if (files.has(records.store, static_cast<std::size_t>(records.record_bytes), i)) {
        ++units.done;
      } else if (!units.missing.empty() && units.missing.back().last == i) {
        ++units.missing.back().last;
      } else {
        units.missing.push_back({i, i + 1});
      }
    }
    counted.push_back(std::move(units));
  }
  return counted;
}

}  // namespace rollingdepth
