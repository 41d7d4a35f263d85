#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/camera_options.hpp"
#include "app/console.hpp"
#include "app/log_options.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"
#include "tracks/depth_tracks.hpp"
#include "tracks/track_files.hpp"

namespace rollingdepth {

/// What `rollingdepth track` takes.
struct TrackCommand {
  std::filesystem::path depth;
  std::filesystem::path tracks;
  std::optional<std::int64_t> frame_base;
  std::optional<TrackCoordinates> coordinates;
  std::optional<FrameSize> size;  ///< Of the video's frames.
  std::optional<std::filesystem::path> video;
  /// Its frame that belongs to the first depth map; unset: as the report of the clip says, else 0.
  std::optional<std::int64_t> video_from;
  std::optional<DepthValues> values;
  SamplingOptions sampling;
  bool smooth = true;
  CameraOptions camera;
  MetricHint metric;
  std::int64_t max_pixels = kDefaultMaxPixels;  ///< Of a picture that is read.
  double png_scale = 1;                         ///< Levels per unit of pictures without depth.json.
  std::filesystem::path output;                 ///< "-" is JSON on standard output.
  std::optional<std::filesystem::path> tapvid3d;
  std::optional<std::filesystem::path> pictures;
  int threads = 0;  ///< 0: as many as set_threads() finds worth it.
  bool quiet = false;
  LogOptions log;
  std::string help;  ///< Text to print instead of a run.
};

/// What -o makes, by its ending.
enum class TrackFormat { kJson, kCsv, kNpz };
/// @throws Error(kUsage) for another ending.
TrackFormat track_format(const std::filesystem::path& output);

/// Reads the arguments that follow `track`. @throws Error(kUsage) naming the option.
TrackCommand parse_track_command(const std::vector<std::string>& arguments);

/// Gives tracks depth and writes the files asked for, prints a table of measures.
/// @throws Error, Cancelled; then no file appears.
void run_track_command(const TrackCommand& command, Console& console);

}  // namespace rollingdepth
