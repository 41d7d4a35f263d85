#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/alignment_options.hpp"
#include "app/console.hpp"
#include "app/log_options.hpp"

namespace rollingdepth {

/// What `rollingdepth align` takes.
struct AlignCommand {
  std::filesystem::path archive;
  std::filesystem::path output;
  AlignmentChoice alignment;
  std::optional<std::filesystem::path> report;
  bool overwrite = false;
  int threads = 0;  ///< 0: as many as set_threads() finds worth it.
  bool verbose = false;
  bool quiet = false;
  LogOptions log;
  std::string help;  ///< Text to print instead of a run.
};

/// Reads the arguments that follow `align`. @throws Error(kUsage) naming the option.
AlignCommand parse_align_command(const std::vector<std::string>& arguments);

/// Aligns and merges saved snippets, without the networks, and writes the depth [N, H, W].
/// @throws Error, Cancelled; then neither output appears.
void run_align_command(const AlignCommand& command, Console& console);

}  // namespace rollingdepth
