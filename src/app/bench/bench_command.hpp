#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/log_options.hpp"

namespace rollingdepth {

/// Arguments of a run that is measured, beside the clip and those common to all.
struct BenchSetting {
  std::string name;
  std::vector<std::string> arguments;
};

/// What `rollingdepth bench` takes.
struct BenchCommand {
  std::string clip;
  std::vector<BenchSetting> settings;  ///< At least one, names distinct.
  std::vector<std::string> common;     ///< Arguments of every run, before those of its setting.
  bool by_quality = false;             ///< The settings are qualities of the alignment.
  std::string reference = "ultra_quality";          ///< A quality; empty: no alignment error.
  std::optional<std::filesystem::path> checkpoint;  ///< Of `common`.
  int repeats = 3;
  std::filesystem::path work_dir;             ///< Empty: the system's folder for temporary files.
  std::optional<std::filesystem::path> json;  ///< "-" is standard output.
  std::optional<std::filesystem::path> baseline;
  bool gate = false;  ///< A regression against the baseline is a failure.
  bool quiet = false;
  LogOptions log;
  std::string help;  ///< Text to print instead of a run.
};

/// Reads the arguments that follow `bench`; those of the settings are checked as a run would.
/// @throws Error(kUsage) naming the option.
BenchCommand parse_bench_command(const std::vector<std::string>& arguments);

/// Runs every setting `repeats` times, one process a run, the settings taking turns, prints a table
/// and writes the file asked for.
/// @return false where `gate` is set and something became worse than in the baseline.
/// @throws Error, Cancelled; then no file appears.
bool run_bench_command(const BenchCommand& command, Console& console);

}  // namespace rollingdepth
