#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/log_options.hpp"
#include "app/run/inputs.hpp"
#include "app/run/model_facts.hpp"
#include "app/run/options.hpp"
#include "jobs/job_plan.hpp"

namespace rollingdepth {

class OptionTable;

/// What commands take that go on with a job that was planned: where it is, and what is elsewhere on
/// this machine.
struct PlannedJobOptions {
  std::filesystem::path job;
  std::optional<std::string> input;                 ///< Unset: as planned.
  std::optional<std::filesystem::path> checkpoint;  ///< Unset: as planned.
  std::vector<std::string> devices = {};            ///< Empty: as planned.
  std::optional<int> workers;
  int threads = 0;  ///< 0: as many as set_threads() finds worth it.
  bool any_device = false;
  bool verbose = false;
  bool quiet = false;
  LogOptions log;
};

/// Declares all of them but the job.
void add_planned_job_options(OptionTable& table, PlannedJobOptions& options);
/// The one word that is left: the job. @throws Error(kUsage).
void take_job(const std::string& command, const std::vector<std::string>& left,
              const OptionTable& table, std::filesystem::path& job);
/// @throws Error(kUsage) for options that exclude each other.
void validate(const PlannedJobOptions& options);

/// A job that was planned, and the options of the run that it is a part of.
struct PlannedClip {
  JobPlan plan;
  RunOptions options;
};

/// @throws Error(kInput) where there is no such job, Error(kUsage) for options that do not go with
/// it.
PlannedClip open_planned(const PlannedJobOptions& options);

/// The clip of a job. @throws Error(kInput) where it cannot be read.
PlannedInput input_of(const PlannedClip& clip);

/// choose_model() with the devices of the kind that was planned.
/// @throws Error(kUsage) where this machine has none of them, and as choose_model().
ModelFacts choose_planned_model(const PlannedClip& clip, Console& console);

/// Whether outputs of the clip of a job are there, of whatever run.
bool has_report(const std::filesystem::path& job);

/// Says so where a job is gone and its outputs are there. @return whether it is so.
bool say_if_done(const std::filesystem::path& job, Console& console);

/// What is to be said where `now`, of this machine, is not what was planned.
/// @throws Error(kUsage) naming what differs, and how to go on in spite of it where that can be.
void require_as_planned(const JobPlan& plan, const JobIdentity& now);

}  // namespace rollingdepth
