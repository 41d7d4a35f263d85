#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/log_options.hpp"

namespace rollingdepth {

/// What `rollingdepth status` takes.
struct StatusCommand {
  std::filesystem::path job;
  bool json = false;
  LogOptions log;
  std::string help;  ///< Text to print instead of a run.
};

/// Reads the arguments that follow `status`. @throws Error(kUsage) naming the option.
StatusCommand parse_status_command(const std::vector<std::string>& arguments);

/// Prints how far a job is: units done and missing, and what those who work on it say. Touches
/// nothing. @throws Error(kInput) where there is no job.
void run_status_command(const StatusCommand& command, Console& console);

}  // namespace rollingdepth
