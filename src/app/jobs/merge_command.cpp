#include "app/jobs/merge_command.hpp"

#include <utility>

#include "app/exit_code.hpp"
#include "app/jobs/units_text.hpp"
#include "app/option_table.hpp"
#include "app/run/clip_job.hpp"
#include "app/run/model_facts.hpp"
#include "app/run/run_command.hpp"
#include "jobs/job_manifest.hpp"
#include "jobs/shard_notes.hpp"
#include "nn/device.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kDescription =
    "Makes the outputs of a job once all its parts are done: alignment, merge, refinement, files.\n"
    "Where parts are missing they are listed, and the exit code is 75.\n";

// A merge that was stopped has looked before, and has given back some of what it needs no more.
bool was_begun(const std::filesystem::path& job) {
  const std::optional<JobManifest> manifest = read_manifest(job);
  return manifest && !manifest->finished.empty();
}

// Whether all is there.
bool tell_missing(const PlannedClip& clip, Console& console) {
  bool all = true;
  for (const UnitsDone& units : count_units(clip.options.planned->job, clip.plan)) {
    if (units.missing.empty()) continue;
    all = false;
    console.error(clip.options.planned->job.string() + ": " + missing_text(units));
  }
  if (!all) console.say("rollingdepth work does what is missing");
  return all;
}

// Of processes that computed otherwise than planned, for the report.
std::vector<std::string> remarks_on(const PlannedClip& clip) {
  const ComputeFacts planned = *clip.options.planned->compute;
  const std::string device = planned.kernels.empty() ? "" : ", kernels " + planned.kernels;
  std::vector<std::string> remarks;
  for (const ShardNote& note : read_notes(clip.options.planned->job)) {
    if (note.compute.starts_with(planned.device) &&
        note.compute.find(device + ", ") != std::string::npos) {
      continue;
    }
    remarks.push_back("shard " + std::to_string(note.index + 1) + "/" + std::to_string(note.count) +
                      " was computed on " + note.compute +
                      ", and not as planned: the last digits " + "may differ");
  }
  return remarks;
}

}  // namespace

MergeCommand parse_merge_command(const std::vector<std::string>& arguments) {
  MergeCommand command;
  OptionTable table(
      {.description = kDescription, .usage = "rollingdepth merge STEM.job [options]"});
  add_planned_job_options(table, command.planned);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  take_job("merge", *left, table, command.planned.job);
  validate(command.planned);
  return command;
}

int run_merge_command(const MergeCommand& command, Console& console) {
  if (command.planned.quiet) console.set_verbosity(Verbosity::kQuiet);
  if (command.planned.verbose) console.set_verbosity(Verbosity::kVerbose);
  PlannedClip clip = open_planned(command.planned);
  const PlannedInput input = input_of(clip);
  {
    const ModelFacts model = choose_model(clip.options, console);
    require_as_planned(clip.plan, identity_of(input, clip.options, *model.method, model.networks));
  }
  if (!was_begun(clip.options.planned->job) && !tell_missing(clip, console)) return kUnfinished;
  if (clip.options.planned->compute) clip.options.planned->remarks = remarks_on(clip);
  return run_inputs(clip.options, console);
}

}  // namespace rollingdepth
