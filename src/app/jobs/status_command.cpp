#include "app/jobs/status_command.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "app/jobs/planned_clip.hpp"
#include "app/jobs/units_text.hpp"
#include "app/json_text.hpp"
#include "app/option_table.hpp"
#include "base/formatted.hpp"
#include "base/printable.hpp"
#include "jobs/shard_notes.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kDescription = "Tells how far a job is that rollingdepth plan has made.\n";
// Notes are written every ten seconds, and clocks of machines differ.
constexpr double kSilentSeconds = 600;

/// Done and all units of a phase.
struct PhaseStatus {
  std::string phase;
  std::string unit;
  std::int64_t done = 0;
  std::int64_t units = 0;
};

/// What is known of a job.
struct JobStatus {
  std::vector<UnitsDone> units;
  std::vector<PhaseStatus> phases;
  std::vector<ShardNote> notes;
  bool complete = false;
  std::optional<double> seconds_per_unit;  ///< Of those that processes have counted.
  std::optional<double> seconds_left;      ///< Of one process.
};

std::string state_of(const ShardNote& note) {
  if (note.state != "works") return note.state;
  if (has_ended_here(note.writer)) return "ended without a word";
  if (note.age_seconds < kSilentSeconds) return note.state;
  return "silent for " + format_duration(note.age_seconds);
}

std::vector<PhaseStatus> phases_of(const std::vector<UnitsDone>& units) {
  std::vector<PhaseStatus> phases;
  for (const auto& [records, done, missing] : units) {
    auto phase =
        std::find_if(phases.begin(), phases.end(),
                     [&, &part = records](const auto& known) { return known.phase == part.phase; });
    if (phase == phases.end()) {
      phases.push_back({.phase = records.phase, .unit = records.unit, .done = 0, .units = 0});
      phase = std::prev(phases.end());
    }
    phase->done += done;
    phase->units += records.units;
  }
  return phases;
}

JobStatus status_of(const std::filesystem::path& job, const JobPlan& plan) {
  JobStatus status;
  status.units = count_units(job, plan);
  status.phases = phases_of(status.units);
  status.notes = read_notes(job);
  status.complete = are_complete(status.units);
  double seconds = 0, units = 0;
  for (const ShardNote& note : status.notes) {
    if (note.units == 0) continue;
    seconds += note.seconds;
    units += static_cast<double>(note.units);
  }
  if (units > 0) status.seconds_per_unit = seconds / units;
  // Units of a note and of the plan need not be the same, so what counts is their part of the
  // whole, of the last phase: that takes the time.
  const PhaseStatus& last = status.phases.back();
  if (last.done > 0) {
    status.seconds_left =
        seconds * static_cast<double>(last.units - last.done) / static_cast<double>(last.done);
  }
  return status;
}

void print_text(const JobPlan& plan, const JobStatus& status, Console& console) {
  console.print(printable(plan.input) + " · " + std::to_string(plan.frames) + " frames");
  for (const auto& [phase, unit, done, units] : status.phases) {
    console.print("  " + phase + ": " + std::to_string(done) + " of " + std::to_string(units) +
                  " " + unit);
  }
  for (const ShardNote& note : status.notes) {
    console.print("  " + shard_text(note.index, note.count) + " · " + printable(note.host) + " " +
                  std::to_string(note.process) + " · " + std::to_string(note.units) + " units in " +
                  format_duration(note.seconds) + " · " + printable(state_of(note)));
  }
  for (const std::string& line : missing_texts(status.units)) console.print("  " + line);
  if (status.complete) {
    console.print("  all is there: rollingdepth merge makes the outputs");
  } else if (status.seconds_per_unit) {
    std::string line = formatted("  %.3g s a unit", *status.seconds_per_unit);
    if (status.seconds_left) {
      line += ", about " + format_duration(*status.seconds_left) + " of one process remain";
    }
    console.print(line);
  }
}

Settings number_or_null(std::optional<double> number) {
  return number ? Settings(*number) : Settings(nullptr);
}

Settings shard_json(const ShardNote& note) {
  const bool has_number = note.count > 0;
  return {{"shard", has_number ? Settings(note.index + 1) : Settings(nullptr)},
          {"shards", has_number ? Settings(note.count) : Settings(nullptr)},
          {"host", note.host},
          {"process", note.process},
          {"compute", note.compute},
          {"state", state_of(note)},
          {"units", note.units},
          {"seconds", note.seconds},
          {"age_seconds", note.age_seconds}};
}

Settings json_of(const JobPlan& plan, const JobStatus& status) {
  Settings phases = Settings::array(), shards = Settings::array(), missing = Settings::array();
  for (const auto& [phase, unit, done, units] : status.phases) {
    phases.push_back({{"phase", phase}, {"unit", unit}, {"units", units}, {"done", done}});
  }
  for (const ShardNote& note : status.notes) shards.push_back(shard_json(note));
  for (const UnitsDone& part : status.units) {
    for (const auto [first, last] : part.missing) {
      missing.push_back({{"store", part.records.store}, {"first", first}, {"last", last - 1}});
    }
  }
  return {{"input", plan.input},
          {"frames", plan.frames},
          {"complete", status.complete},
          {"phases", std::move(phases)},
          {"missing", std::move(missing)},
          {"seconds_left", number_or_null(status.seconds_left)},
          {"seconds_per_unit", number_or_null(status.seconds_per_unit)},
          {"shards", std::move(shards)}};
}

}  // namespace

StatusCommand parse_status_command(const std::vector<std::string>& arguments) {
  StatusCommand command;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth status STEM.job [--json]",
                     .command = "status"});
  table.group("Options");
  table.boolean("--json", command.json, "For scripts");
  add_log_options(table, command.log);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  take_job("status", *left, table, command.job);
  command.log.validate();
  return command;
}

void run_status_command(const StatusCommand& command, Console& console) {
  const JobPlan plan = require_plan(command.job);
  const JobStatus status = status_of(command.job, plan);
  if (command.json) {
    console.print_lines(json_text(json_of(plan, status)));
  } else {
    print_text(plan, status, console);
  }
}

}  // namespace rollingdepth
