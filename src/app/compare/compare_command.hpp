#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/log_options.hpp"
#include "measure/bounds.hpp"
#include "measure/comparison.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// What `rollingdepth compare` takes.
struct CompareCommand {
  std::filesystem::path reference;
  std::filesystem::path candidate;
  ComparisonOptions options;
  std::optional<std::filesystem::path> mask;
  std::optional<std::filesystem::path> video;
  std::optional<std::int64_t> video_from;       ///< Its frame of the first depth map; unset: 0.
  std::int64_t max_pixels = kDefaultMaxPixels;  ///< Of a picture that is read.
  double png_scale = 1;                         ///< Levels per unit of pictures without depth.json.
  std::vector<Bound> bounds;
  bool each_frame = false;
  std::optional<std::filesystem::path> json;  ///< "-" is standard output.
  std::optional<std::filesystem::path> junit;
  int threads = 0;  ///< 0: as many as set_threads() finds worth it.
  bool quiet = false;
  LogOptions log;
  std::string help;  ///< Text to print instead of a run.
};

/// Reads the arguments that follow `compare`. @throws Error(kUsage) naming the option.
CompareCommand parse_compare_command(const std::vector<std::string>& arguments);

/// Compares two stored depth clips, prints a table and writes the files asked for.
/// @return whether every bound holds. @throws Error, Cancelled; then no file appears.
bool run_compare_command(const CompareCommand& command, Console& console);

}  // namespace rollingdepth
