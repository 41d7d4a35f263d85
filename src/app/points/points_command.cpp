#include "app/points/points_command.hpp"

#include <functional>

#include "app/option_table.hpp"
#include "app/option_values.hpp"
#include "app/points/point_options.hpp"
#include "app/reading_options.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDescription =
    "Makes a point cloud of each map of a depth clip, coloured by its video: binary PLY files.\n";

constexpr const char* kFooter =
    "A depth clip is a .npy or .npz array [N,H,W], a folder of .exr pictures, or one of grey .png\n"
    "pictures. Where the report of its run lies beside it, that says what its values are and at\n"
    "which frame of the video it begins. docs/points.md explains units, camera and filters.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 75 stopped by a scheduler, 130 interrupted.";

std::function<void(fs::path)> into(fs::path& field) {
  return [&field](fs::path path) { field = std::move(path); };
}

void declare_options(OptionTable& table, PointsCommand& command) {
  table.group("Input");
  table.path("--video", "CLIP", "The colour frames: a video or a folder of images", "",
             into(command.video));
  add_video_from(table, command.video_from, "as the report says, else 0");
  table.number("--from", command.first_map, "First depth map used, from 0");
  table.number("--frames", command.maps, "Depth maps used; 0: all that follow");
  add_depth_values(table, command.values);
  add_png_scale(table, command.png_scale);
  add_max_pixels(table, command.max_pixels);
  table.group("Output");
  table.path("-o,--output-dir", "DIR", "A folder of its own for the clouds, 000000.ply and so on",
             "", into(command.folder));
  table.boolean("--overwrite", command.overwrite, "Replace a folder of clouds that exists");
  add_point_options(table, command.points);
  table.group("General");
  table.threads(command.threads);
  table.boolean("--quiet", command.quiet, "Only warnings and errors");
  add_log_options(table, command.log);
}

void take_depth(const std::vector<std::string>& left, PointsCommand& command) {
  command.depth = only_word(left, "points", "no depth clip", "depth clip");
  if (command.video.empty()) {
    throw Error(ErrorKind::kUsage, "points: no colour (name the clip with --video)");
  }
  if (command.folder.empty()) {
    throw Error(ErrorKind::kUsage, "points: no output (name a folder with -o)");
  }
}

// One that can be replaced as a whole.
fs::path own_folder(const fs::path& folder) {
  fs::path path = folder.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const fs::path name = path.filename();
  if (name.empty() || name == "." || name == "..") {
    throw Error(ErrorKind::kUsage,
                "-o: " + folder.string() + " is no folder of its own (such as clouds)");
  }
  return path;
}

}  // namespace

PointsCommand parse_points_command(const std::vector<std::string>& arguments) {
  PointsCommand command;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth points DEPTH --video CLIP -o DIR [options]",
                     .footer = kFooter,
                     .command = "points"});
  declare_options(table, command);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  refuse_leftovers(*left, table);
  take_depth(*left, command);
  command.folder = own_folder(command.folder);
  require_within("--from", command.first_map, 0, kMaxFrames);
  require_within("--frames", command.maps, 0, kMaxFrames);
  command.points.validate();
  if (command.values) command.points.clouds.require_fit(*command.values);
  command.log.validate();
  return command;
}

}  // namespace rollingdepth
