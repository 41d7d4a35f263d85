#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/log_options.hpp"
#include "rollingdepth/clip.hpp"
#include "shots/cut_detector.hpp"

namespace rollingdepth {

/// What is written, by the ending of the file's name.
enum class SceneFormat { kCsv, kJson, kEdl };

/// What `rollingdepth scenes` takes.
struct ScenesCommand {
  std::string clip;
  std::optional<std::filesystem::path> output;  ///< Unset: standard output.
  SceneFormat format = SceneFormat::kCsv;
  CutOptions cuts;
  std::int64_t start_frame = 0;
  std::int64_t frame_count = 0;  ///< 0 takes all.
  std::optional<Rational> target_rate;
  std::optional<Rational> image_rate;  ///< Of image sequences; unset: kDefaultImageRate.
  bool deinterlace = false;
  std::int64_t max_pixels = kDefaultMaxPixels;
  bool overwrite = false;
  int threads = 0;  ///< 0: as many as set_threads() finds worth it.
  bool quiet = false;
  LogOptions log;
  std::string help;  ///< Text to print instead of a run.
};

/// Reads the arguments that follow `scenes`. @throws Error(kUsage) naming the option.
ScenesCommand parse_scenes_command(const std::vector<std::string>& arguments);

/// Reads the clip once and writes where its shots begin. @throws Error, Cancelled; then no output
/// appears.
void run_scenes_command(const ScenesCommand& command, Console& console);

}  // namespace rollingdepth
