#pragma once

#include <string>
#include <vector>

#include "app/align/align_command.hpp"
#include "app/bench/bench_command.hpp"
#include "app/compare/compare_command.hpp"
#include "app/import/import_command.hpp"
#include "app/jobs/merge_command.hpp"
#include "app/jobs/status_command.hpp"
#include "app/jobs/work_command.hpp"
#include "app/live/live_command.hpp"
#include "app/log_options.hpp"
#include "app/models/models_command.hpp"
#include "app/points/points_command.hpp"
#include "app/run/options.hpp"
#include "app/scenes/scenes_command.hpp"
#include "app/track/track_command.hpp"

namespace rollingdepth {

/// What the command line asks for.
enum class Request {
  kRun,
  kPlan,
  kWork,
  kMerge,
  kStatus,
  kAlign,
  kBench,
  kCompare,
  kScenes,
  kImport,
  kModels,
  kLive,
  kPoints,
  kTrack,
  kHelp,
  kVersion,
  kListDevices,
  kListColormaps
};

struct CommandLine {
  Request request = Request::kRun;
  RunOptions options;       ///< For Request::kRun and kPlan.
  WorkCommand work;         ///< For Request::kWork.
  MergeCommand merge;       ///< For Request::kMerge.
  StatusCommand status;     ///< For Request::kStatus.
  AlignCommand align;       ///< For Request::kAlign.
  BenchCommand bench;       ///< For Request::kBench.
  CompareCommand compare;   ///< For Request::kCompare.
  ScenesCommand scenes;     ///< For Request::kScenes.
  ImportCommand importing;  ///< For Request::kImport.
  ModelsCommand models;     ///< For Request::kModels.
  LiveCommand live;         ///< For Request::kLive.
  PointsCommand points;     ///< For Request::kPoints.
  TrackCommand track;       ///< For Request::kTrack.
  LogOptions log;           ///< Of the run or of the sub-command.
  std::string help;         ///< Text for Request::kHelp; lines of at most 100 columns.
};

/// Reads the arguments that follow the program's name. Values are checked where they are read;
/// RunOptions::validate() has passed for Request::kRun and kPlan.
/// @throws Error(kUsage) naming the option, with the nearest name where one is near.
/// @param sources of options of a run or a plan that `arguments` leave out.
CommandLine parse_command_line(const std::vector<std::string>& arguments,
                               const OptionSources& sources = OptionSources::environment());

}  // namespace rollingdepth
