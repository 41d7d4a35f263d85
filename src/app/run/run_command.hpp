#pragma once

#include <exception>

#include "app/console.hpp"
#include "app/run/options.hpp"

namespace rollingdepth {

/// Runs every input of the command line, or says in a dry run what it would do.
/// @return an ExitCode, or the interrupted program's.
/// @throws Error where no input can be run.
int run_inputs(const RunOptions& options, Console& console);

/// Whether the same command can go on once there is more disk or memory.
bool is_for_now(const std::exception& error);

}  // namespace rollingdepth
