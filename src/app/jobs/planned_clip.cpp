#include "app/jobs/planned_clip.hpp"

#include <system_error>
#include <utility>

#include "app/command_line.hpp"
#include "app/option_table.hpp"
#include "app/option_values.hpp"
#include "app/run/outputs.hpp"
#include "base/value_checks.hpp"
#include "jobs/folder_entries.hpp"
#include "jobs/job_folder.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// What an identity says of the machine that computes.
constexpr const char* kDevice = "device";
constexpr const char* kKernels = "kernels";

// Nothing of it is left but its outputs.
bool is_merged(const fs::path& job) {
  std::error_code problem;
  for (const fs::path& entry : entries_of(job, problem)) {
    // NFS keeps a removed file that is open, and its folder with it, under a hidden name.
    const bool hidden = entry.filename().string().starts_with('.');
    if (!hidden && !is_job_leftover(entry)) return false;
  }
  if (problem && problem != std::errc::no_such_file_or_directory) return false;
  return job.extension() == ".job" && has_report(job);
}

}  // namespace

void add_planned_job_options(OptionTable& table, PlannedJobOptions& options) {
  table.group("Where things are on this machine");
  table.one("-i,--input", "INPUT", "The clip, where it is not where it was planned", "as planned",
            [&](const std::string& word) { options.input = word; });
  table.path("-c,--checkpoint", "DIR", "Model package", "as planned",
             [&](fs::path path) { options.checkpoint = std::move(path); });
  table.group("Computing");
  table.many("--device", "NAME", "Devices, of the kind that was planned", "as planned",
             [&](const auto& words) { options.devices = words; });
  table.one("--workers", "N", "How many compute side by side", "auto",
            [&](const std::string& word) { options.workers = parse_workers(word); });
  table.threads(options.threads);
  table.boolean("--any-device", options.any_device,
                "Go on also where another processor or kind of device computes: the last digits "
                "may differ, and the report says so");
  table.group("General");
  table.boolean("--verbose", options.verbose, "Say more, such as how the alignment converges");
  table.boolean("--quiet", options.quiet, "Only warnings and errors");
  add_log_options(table, options.log);
}

void take_job(const std::string& command, const std::vector<std::string>& left,
              const OptionTable& table, fs::path& job) {
  refuse_leftovers(left, table);
  job = only_word(left, command, "no job (name the folder STEM.job of a plan)", "job");
  if (job.empty()) throw Error(ErrorKind::kUsage, command + ": '' is no job");
  if (!job.has_filename()) job = job.parent_path();  // "clip.job/"
}

void validate(const PlannedJobOptions& options) {
  (void)verbosity_of(options.quiet, options.verbose);
  options.log.validate();
}

PlannedClip open_planned(const PlannedJobOptions& given) {
  PlannedClip clip{.plan = require_plan(given.job), .options = {}};
  const JobPlan& plan = clip.plan;
  clip.options = parse_command_line(plan.arguments, OptionSources::none()).options;
  RunOptions& options = clip.options;
  std::error_code ignored;
  options.inputs = {given.input.value_or(plan.input)};
  options.output_dir = folder_of(given.job);
  options.recursive = false;
  options.checkpoint = given.checkpoint;
  if (!given.checkpoint && fs::exists(plan.model, ignored)) options.checkpoint = plan.model;
  const ComputeFacts compute = compute_of(plan.identity);
  if (!given.devices.empty()) {
    options.devices = given.devices;
  } else if (given.any_device) {
    options.devices = {"auto"};
  } else if (options.devices.front() == "auto") {
    options.devices = {compute.device};
  }
  options.workers = given.workers;
  const int planned_threads = std::exchange(options.threads, given.threads);
  if (options.scenes.kind == SceneChoice::Kind::kFile) {  // It may be elsewhere now.
    options.scenes.file_mark = plan.identity.at("scenes").get<std::string>();
  }
  settle_scenes(options);
  options.verbose = given.verbose;
  options.quiet = given.quiet;
  options.planned =
      RunOptions::Planned{.job = given.job,
                          .operation_threads = plan.threads,
                          .decoder_threads = planned_threads,
                          .dtype = compute.dtype,
                          .compute = given.any_device ? std::optional(compute) : std::nullopt};
  return clip;
}

PlannedInput input_of(const PlannedClip& clip) {
  const RunOptions& options = clip.options;
  InputPlan plan = plan_inputs(options);
  if (!plan.problems.empty()) throw Error(ErrorKind::kInput, plan.problems.front());
  if (plan.inputs.size() != 1) {
    throw Error(ErrorKind::kInput, "--input: " + options.inputs.front() + " holds " +
                                       std::to_string(plan.inputs.size()) +
                                       " clips, and the job is of one");
  }
  return std::move(plan.inputs.front());
}

ModelFacts choose_planned_model(const PlannedClip& clip, Console& console) {
  try {
    return choose_model(clip.options, console);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kDevice) throw;
    throw Error(ErrorKind::kUsage, std::string(error.what()) + "; the job was planned on " +
                                       compute_of(clip.plan.identity).device +
                                       " (--any-device goes on with what there is)");
  }
}

bool has_report(const fs::path& job) {
  std::error_code ignored;
  return fs::exists(folder_of(job) / (job.stem().string() + "_report.json"), ignored);
}

bool say_if_done(const fs::path& job, Console& console) {
  if (!is_merged(job)) return false;
  console.say(job.string() + " is merged: its outputs are in " + folder_of(job).string());
  return true;
}

void require_as_planned(const JobPlan& plan, const JobIdentity& now) {
  const std::string different = differences(now, plan.identity);
  if (different.empty()) return;
  JobIdentity elsewhere = now;
  for (const char* key : {kDevice, kKernels}) elsewhere[key] = plan.identity.at(key);
  const bool only_machine = differences(elsewhere, plan.identity).empty();
  throw Error(ErrorKind::kUsage,
              only_machine ? "this machine computes otherwise than planned, and the last digits "
                             "would differ: " +
                                 different + " (--any-device goes on)"
                           : "this is not what was planned: " + different +
                                 " (-i and -c name clip and model on this machine)");
}

}  // namespace rollingdepth
