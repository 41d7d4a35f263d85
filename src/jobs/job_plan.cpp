#include "jobs/job_plan.hpp"

#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/json_reader.hpp"
#include "jobs/claims.hpp"
#include "jobs/sealed_json.hpp"
#include "jobs/shard_notes.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlan = "plan.json";
constexpr int kFormat =
    2;  // Of the plan; the records beside it are those of the manifest's format.

UnitRecords records_of(const Settings& json) {
  UnitRecords records{.phase = json.at("phase").get<std::string>(),
                      .unit = json.at("unit").get<std::string>(),
                      .store = json.at("store").get<std::string>(),
                      .first = json_value<std::int64_t>(json.at("first")),
                      .units = json_value<std::int64_t>(json.at("units")),
                      .record_bytes = json_value<std::int64_t>(json.at("record_bytes"))};
  constexpr std::int64_t kMostUnits = 8 * kMaxFrames;
  const auto is_count = [](std::int64_t value) { return value >= 0 && value <= kMostUnits; };
  constexpr std::int64_t kMostRecordBytes = std::int64_t{1} << 40;
  std::int64_t end_bytes = 0;  // Of the file: places in it are reckoned in 64 bits.
  if (!is_count(records.first) || !is_count(records.units) || records.record_bytes < 1 ||
      records.record_bytes > kMostRecordBytes ||
      __builtin_mul_overflow(records.first + records.units, 2 * records.record_bytes + 64,
                             &end_bytes)) {
    throw std::out_of_range("records");
  }
  return records;
}

JobPlan plan_of(const Settings& json) {
  JobPlan plan{.id = std::stoull(json.at("id").get<std::string>(), nullptr, 16),
               .input = unescaped(json.at("input").get<std::string>()),
               .model = unescaped(json.at("model").get<std::string>()),
               .arguments = {},
               .size = {.width_px = json_value<std::int64_t>(json.at("width")),
                        .height_px = json_value<std::int64_t>(json.at("height"))},
               .frames = json_value<std::int64_t>(json.at("frames")),
               .batch = {.vae_frames = json_value<std::int64_t>(json.at("batch").at("vae_frames")),
                         .snippets = json_value<std::int64_t>(json.at("batch").at("snippets"))},
               .threads = json_value<int>(json.at("threads_per_operation")),
               .cuts = json_value<std::vector<std::int64_t>>(json.at("cuts")),
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
  std::error_code problem;
  return fs::status(job_folder / kPlan, problem).type() != fs::file_type::not_found;
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

}  // namespace rollingdepth
