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

/// What is known of a job.
struct JobStatus {
  std::vector<UnitsDone> units;
  std::vector<ShardNote> notes;
};

std::string state_of(const ShardNote& note) {
  if (note.state != "works") return note.state;
  if (has_ended_here(note.writer)) return "ended without a word";
  if (note.age_seconds < kSilentSeconds) return note.state;
  return "silent for " + format_duration(note.age_seconds);
}

std::string shard_text(const ShardNote& note) {
  if (note.count == 0) return "what is left";
  return "shard " + std::to_string(note.index + 1) + "/" + std::to_string(note.count);
}

/// Of the last phase: that takes the time.
std::optional<double> seconds_per_unit(const JobStatus& status) {
  double seconds = 0, units = 0;
  for (const ShardNote& note : status.notes) {
    if (note.units == 0) continue;
    seconds += note.seconds;
    units += static_cast<double>(note.units);
  }
  if (units == 0) return std::nullopt;
  return seconds / units;
}

/// Done and all units of a phase.
struct Sum {
  std::string unit;
  std::int64_t done = 0;
  std::int64_t units = 0;
};

std::vector<std::pair<std::string, Sum>> sums_of(const JobStatus& status) {
  std::vector<std::pair<std::string, Sum>> phases;
  for (const UnitsDone& part : status.units) {
    auto phase = std::find_if(phases.begin(), phases.end(),
                              [&](const auto& known) { return known.first == part.records.phase; });
    if (phase == phases.end()) {
      phases.emplace_back(part.records.phase,
                          Sum{.unit = part.records.unit, .done = 0, .units = 0});
      phase = std::prev(phases.end());
    }
    phase->second.done += part.done;
    phase->second.units += part.records.units;
  }
  return phases;
}

/// Of one process: what was computed has taken so long. Units of a note and of the plan need not be
/// the same, so what counts is their part of the whole.
std::optional<double> seconds_left(const JobStatus& status) {
  double seconds = 0;
  for (const ShardNote& note : status.notes) seconds += note.units > 0 ? note.seconds : 0;
  const Sum last = sums_of(status).back().second;
  if (last.done == 0) return std::nullopt;
  return seconds * static_cast<double>(last.units - last.done) / static_cast<double>(last.done);
}

void print_text(const JobPlan& plan, const JobStatus& status, Console& console) {
  console.print(printable(plan.input) + " · " + std::to_string(plan.frames) + " frames");
  for (const auto& [phase, sum] : sums_of(status)) {
    console.print("  " + phase + ": " + std::to_string(sum.done) + " of " +
                  std::to_string(sum.units) + " " + sum.unit);
  }
  for (const ShardNote& note : status.notes) {
    console.print("  " + shard_text(note) + " · " + printable(note.host) + " " +
                  std::to_string(note.process) + " · " + std::to_string(note.units) + " units in " +
                  format_duration(note.seconds) + " · " + printable(state_of(note)));
  }
  bool whole = true;
  for (const UnitsDone& part : status.units) {
    if (part.missing.empty()) continue;
    whole = false;
    console.print("  " + missing_text(part));
  }
  if (whole) {
    console.print("  all is there: rollingdepth merge makes the outputs");
  } else if (const auto seconds = seconds_per_unit(status)) {
    std::string line = formatted("  %.3g s a unit", *seconds);
    if (const auto left = seconds_left(status)) {
      line += ", about " + format_duration(*left) + " of one process remain";
    }
    console.print(line);
  }
}

Settings json_of(const JobPlan& plan, const JobStatus& status) {
  Settings phases = Settings::array(), shards = Settings::array();
  bool whole = true;
  for (const auto& [phase, sum] : sums_of(status)) {
    whole = whole && sum.done == sum.units;
    phases.push_back(
        {{"phase", phase}, {"unit", sum.unit}, {"units", sum.units}, {"done", sum.done}});
  }
  for (const ShardNote& note : status.notes) {
    shards.push_back({{"shard", note.count == 0 ? Settings(nullptr) : Settings(note.index + 1)},
                      {"shards", note.count == 0 ? Settings(nullptr) : Settings(note.count)},
                      {"host", note.host},
                      {"process", note.process},
                      {"compute", note.compute},
                      {"state", state_of(note)},
                      {"units", note.units},
                      {"seconds", note.seconds},
                      {"age_seconds", note.age_seconds}});
  }
  Settings missing = Settings::array();
  for (const UnitsDone& part : status.units) {
    for (const auto [first, last] : part.missing) {
      missing.push_back({{"store", part.records.store}, {"first", first}, {"last", last - 1}});
    }
  }
  const auto seconds = seconds_per_unit(status), left = seconds_left(status);
  return {{"input", plan.input},
          {"frames", plan.frames},
          {"complete", whole},
          {"phases", std::move(phases)},
          {"missing", std::move(missing)},
          {"seconds_left", left ? Settings(*left) : Settings(nullptr)},
          {"seconds_per_unit", seconds ? Settings(*seconds) : Settings(nullptr)},
          {"shards", std::move(shards)}};
}

}  // namespace

StatusCommand parse_status_command(const std::vector<std::string>& arguments) {
  StatusCommand command;
  OptionTable table(
      {.description = kDescription, .usage = "rollingdepth status STEM.job [--json]"});
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
  const JobStatus status{.units = count_units(command.job, plan), .notes = read_notes(command.job)};
  if (command.json) {
    console.print_lines(json_text(json_of(plan, status)));
  } else {
    print_text(plan, status, console);
  }
}

}  // namespace rollingdepth
