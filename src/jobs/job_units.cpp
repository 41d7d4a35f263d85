#include <algorithm>
#include <utility>

#include "film/film_run.hpp"
#include "jobs/job_plan.hpp"
#include "store/shard_files.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// What no process is called that writes records: all files are those of others then.
constexpr const char* kNobody = "nobody";

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
