#pragma once

#include <string>
#include <vector>

#include "app/align/align_command.hpp"
#include "app/bench/bench_command.hpp"
#include "app/compare/compare_command.hpp"
#include "app/log_options.hpp"
#include "app/run/options.hpp"

namespace rollingdepth {

/// What the command line asks for.
enum class Request {
  kRun,
  kAlign,
  kBench,
  kCompare,
  kHelp,
  kVersion,
  kListDevices,
  kListColormaps
};

struct CommandLine {
  Request request = Request::kRun;
  RunOptions options;
  AlignCommand align;      ///< For Request::kAlign.
  BenchCommand bench;      ///< For Request::kBench.
  CompareCommand compare;  ///< For Request::kCompare.
  LogOptions log;          ///< Of the run or of the sub-command.
  std::string help;        ///< Text for Request::kHelp; lines of at most 100 columns.
};

/// Reads the arguments that follow the program's name. Values are checked where they are read;
/// RunOptions::validate() has passed for Request::kRun.
/// @throws Error(kUsage) naming the option, with the nearest name where one is near.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

/// A frame rate: "25", "29.97", "30000/1001".
/// @throws Error(kUsage) for anything else, and for a rate that is not positive.
Rational parse_frame_rate(const std::string& option, const std::string& text);

}  // namespace rollingdepth
