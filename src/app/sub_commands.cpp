#include "app/sub_commands.hpp"

#include <utility>

namespace rollingdepth {
namespace {

/// A sub-command with options of its own: what it was told, and for which request.
template <class Command>
void take(Command command, Request request, Command& field, const LogOptions& log,
          CommandLine& line) {
  line.help = command.help;
  line.log = log;
  line.request = line.help.empty() ? request : Request::kHelp;
  field = std::move(command);
}

}  // namespace

bool parse_sub_command(const std::vector<std::string>& arguments, CommandLine& line) {
  if (arguments.empty()) return false;
  const std::string& name = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (name == "work") {
    const WorkCommand command = parse_work_command(rest);
    take(command, Request::kWork, line.work, command.planned.log, line);
  } else if (name == "merge") {
    const MergeCommand command = parse_merge_command(rest);
    take(command, Request::kMerge, line.merge, command.planned.log, line);
  } else if (name == "status") {
    const StatusCommand command = parse_status_command(rest);
    take(command, Request::kStatus, line.status, command.log, line);
  } else if (name == "align") {
    const AlignCommand command = parse_align_command(rest);
    take(command, Request::kAlign, line.align, command.log, line);
  } else if (name == "bench") {
    const BenchCommand command = parse_bench_command(rest);
    take(command, Request::kBench, line.bench, command.log, line);
  } else if (name == "compare") {
    const CompareCommand command = parse_compare_command(rest);
    take(command, Request::kCompare, line.compare, command.log, line);
  } else if (name == "scenes") {
    const ScenesCommand command = parse_scenes_command(rest);
    take(command, Request::kScenes, line.scenes, command.log, line);
  } else if (name == "import") {
    const ImportCommand command = parse_import_command(rest);
    take(command, Request::kImport, line.importing, command.log, line);
  } else if (name == "models") {
    const ModelsCommand command = parse_models_command(rest);
    take(command, Request::kModels, line.models, command.log, line);
  } else if (name == "live") {
    const LiveCommand command = parse_live_command(rest);
    take(command, Request::kLive, line.live, command.log, line);
  } else if (name == "points") {
    const PointsCommand command = parse_points_command(rest);
    take(command, Request::kPoints, line.points, command.log, line);
  } else if (name == "track") {
    const TrackCommand command = parse_track_command(rest);
    take(command, Request::kTrack, line.track, command.log, line);
  } else {
    return false;
  }
  return true;
}

}  // namespace rollingdepth
