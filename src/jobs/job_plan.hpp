#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "jobs/job_identity.hpp"
#include "rollingdepth/batch_sizes.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// `STEM.job/plan.json`: what is to be done of a clip, for all who do a part of it. It is written
/// once and never changed.
struct JobPlan {
  std::uint64_t id = 0;                ///< Of the records of this job.
  std::string input;                   ///< As `-i` takes it, absolute.
  std::filesystem::path model;         ///< The package, absolute.
  std::vector<std::string> arguments;  ///< Of the command that made the plan.
  FrameSize size;                      ///< Of the clip's frames.
  std::int64_t frames = 0;             ///< That are used; counted, >= 1.
  BatchSizes batch;
  int threads = 1;                      ///< Of an operation of the networks, on CPU.
  std::vector<std::int64_t> cuts = {};  ///< As ClipRunOptions.
  std::vector<UnitRecords> records;
  JobIdentity identity;
};

/// The plan in a job's folder; nothing where there is none.
/// @throws Error(kOutput, "its plan.json …") where it is of another format, damaged or changed.
std::optional<JobPlan> read_plan(const std::filesystem::path& job_folder);

/// Whether there is one, whole or not.
bool has_plan(const std::filesystem::path& job_folder);

/// The plan where there must be one. @throws Error(kInput) naming a folder that is none of a job
/// that was planned, or Error(kOutput).
JobPlan require_plan(const std::filesystem::path& job_folder);

/// @throws Error(kOutput).
void write_plan(const std::filesystem::path& job_folder, const JobPlan& plan);

/// Removes the plan, and what those who work on it say of themselves.
void remove_plan(const std::filesystem::path& job_folder) noexcept;

/// How many units of a plan are done.
struct UnitsDone {
  UnitRecords records;
  std::int64_t done = 0;
  std::vector<UnitRange> missing;  ///< In order.
};

/// Whether none is missing.
bool are_complete(const std::vector<UnitsDone>& units);

/// Looks for the records of a plan, of all who work on it, for the price of a few bytes each.
std::vector<UnitsDone> count_units(const std::filesystem::path& job_folder, const JobPlan& plan);

}  // namespace rollingdepth
