#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/jobs/planned_clip.hpp"

namespace rollingdepth {

/// What `rollingdepth work` takes.
struct WorkCommand {
  PlannedJobOptions planned;
  std::string shard;                   ///< Empty: what nobody else does.
  std::optional<std::int64_t> shards;  ///< For `--shard auto`.
  std::string help;                    ///< Text to print instead of a run.
};

/// Reads the arguments that follow `work`. @throws Error(kUsage) naming the option.
WorkCommand parse_work_command(const std::vector<std::string>& arguments);

/// Does one shard of a job. @return the exit code. @throws Error.
int run_work_command(const WorkCommand& command, Console& console);

}  // namespace rollingdepth
