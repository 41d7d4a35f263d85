#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/log_options.hpp"
#include "live/live_source.hpp"
#include "live/live_target.hpp"
#include "method/causal_depth.hpp"

namespace rollingdepth {

/// What `rollingdepth live` takes.
struct LiveCommand {
  live::SourceOptions source;
  std::vector<std::string> targets;  ///< None: depth is computed and measured only.
  live::TargetOptions target;
  std::optional<std::filesystem::path> checkpoint;
  std::string device = "auto";
  std::string dtype = "auto";
  int threads = 0;  ///< 0: as set_threads() chooses.
  CausalOptions causal;
  double smooth = 0.9;
  bool looks_for_cuts = true;
  /// Frames a second that the networks' edge is lowered to hold; 0: the source's rate.
  std::optional<double> adapt;
  std::int64_t frames = 0;           ///< 0 takes all.
  std::optional<std::string> stats;  ///< A file, or `-`.
  double stats_seconds = 1;
  bool overwrite = false;
  bool quiet = false;
  bool verbose = false;
  LogOptions log;
  std::vector<std::string> given;  ///< Long names of the options on the command line.
  std::string help;                ///< Text to print instead of a run.
};

/// Reads the arguments that follow `live`. @throws Error(kUsage) naming the option.
LiveCommand parse_live_command(const std::vector<std::string>& arguments);

/// Runs until the source ends or the user asks to stop, which is the normal end.
/// @throws Error.
void run_live_command(const LiveCommand& command, Console& console);

}  // namespace rollingdepth
