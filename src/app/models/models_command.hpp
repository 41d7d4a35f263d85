#pragma once

#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/log_options.hpp"

namespace rollingdepth {

/// What `rollingdepth models` takes.
struct ModelsCommand {
  bool json = false;
  LogOptions log;
  std::string help;  ///< Text to print instead of a run.
};

/// Reads the arguments that follow `models`. @throws Error(kUsage) naming the option.
ModelsCommand parse_models_command(const std::vector<std::string>& arguments);

/// Lists the packages that are there, and the checkpoints that others publish. Downloads nothing.
void run_models_command(const ModelsCommand& command, Console& console);

}  // namespace rollingdepth
