#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/log_options.hpp"
#include "app/points/point_options.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// What `rollingdepth points` takes.
struct PointsCommand {
  std::filesystem::path depth;
  std::filesystem::path video;
  std::filesystem::path folder;  ///< For the clouds.
  bool overwrite = false;
  std::optional<DepthValues> values;       ///< Unset: as the report of the run says.
  std::optional<std::int64_t> video_from;  ///< The same.
  std::int64_t first_map = 0;
  std::int64_t maps = 0;                        ///< 0: all that follow.
  double png_scale = 1;                         ///< Levels per unit of pictures without depth.json.
  std::int64_t max_pixels = kDefaultMaxPixels;  ///< Of a picture that is read.
  PointOptions points;
  int threads = 0;  ///< 0: as many as set_threads() finds worth it.
  bool quiet = false;
  LogOptions log;
  std::string help;  ///< Text to print instead of a run.
};

/// Reads the arguments that follow `points`. @throws Error(kUsage) naming the option.
PointsCommand parse_points_command(const std::vector<std::string>& arguments);

/// Makes a point cloud of each map of a stored depth clip, coloured by its video.
/// @throws Error, Cancelled; then the folder does not appear, and an older one stays.
void run_points_command(const PointsCommand& command, Console& console);

}  // namespace rollingdepth
