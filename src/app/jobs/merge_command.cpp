#include "app/jobs/merge_command.hpp"

#include <algorithm>

#include "app/exit_code.hpp"
#include "app/jobs/units_text.hpp"
#include "app/option_table.hpp"
#include "app/run/clip_job.hpp"
#include "app/run/model_facts.hpp"
#include "app/run/run_command.hpp"
#include "jobs/job_manifest.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kDescription =
    "Makes the outputs of a job once all its parts are done: alignment, merge, refinement, files.\n"
    "Where parts are missing they are listed, and the exit code is 75.\n";

// A merge that was stopped has looked before, and has given back some of what it needs no more:
// what follows the networks is finished in part.
bool was_begun(const PlannedClip& clip) {
  const std::optional<JobManifest> manifest = read_manifest(clip.options.planned->job);
  if (!manifest) return false;
  return std::any_of(
      manifest->finished.begin(), manifest->finished.end(), [&](const std::string& stage) {
        const auto& records = clip.plan.records;
        const bool is_phase =
            std::any_of(records.begin(), records.end(),
                        [&](const UnitRecords& units) { return units.phase == stage; });
        return !is_phase && !stage.starts_with("chunk ") && !stage.starts_with("shot ");
      });
}

// Whether all is there.
bool tell_missing(const PlannedClip& clip, Console& console) {
  const std::vector<std::string> missing =
      missing_texts(count_units(clip.options.planned->job, clip.plan));
  for (const std::string& line : missing) {
    console.error(clip.options.planned->job.string() + ": " + line);
  }
  if (!missing.empty()) console.say("rollingdepth work does what is missing");
  return missing.empty();
}

}  // namespace

MergeCommand parse_merge_command(const std::vector<std::string>& arguments) {
  MergeCommand command;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth merge STEM.job [options]",
                     .command = "merge"});
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
  console.set_verbosity(verbosity_of(command.planned.quiet, command.planned.verbose));
  if (say_if_done(command.planned.job, console)) return kDone;
  const PlannedClip clip = open_planned(command.planned);
  const PlannedInput input = input_of(clip);
  {
    const ModelFacts model = choose_planned_model(clip, console);
    require_as_planned(clip.plan, identity_of(input, clip.options, *model.method, model.networks));
  }
  if (!was_begun(clip) && !tell_missing(clip, console)) return kUnfinished;
  return run_inputs(clip.options, console);
}

}  // namespace rollingdepth
