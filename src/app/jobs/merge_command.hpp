#pragma once

#include <string>
#include <vector>

#include "app/jobs/planned_clip.hpp"

namespace rollingdepth {

/// What `rollingdepth merge` takes.
struct MergeCommand {
  PlannedJobOptions planned;
  std::string help;  ///< Text to print instead of a run.
};

/// Reads the arguments that follow `merge`. @throws Error(kUsage) naming the option.
MergeCommand parse_merge_command(const std::vector<std::string>& arguments);

/// Makes the outputs of a job of which all units are done. @return the exit code: kUnfinished where
/// some are missing, which are told. @throws Error.
int run_merge_command(const MergeCommand& command, Console& console);

}  // namespace rollingdepth
