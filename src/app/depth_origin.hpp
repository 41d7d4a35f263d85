#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// Which frames of a video a depth clip has maps of, and how they were read.
struct FramesTaken {
  std::int64_t first = 0;  ///< Of the video, after frames were dropped to `target_rate`.
  std::optional<Rational> target_rate = std::nullopt;
  bool deinterlaces = false;
};

/// What is known of the run that made a depth clip.
struct DepthOrigin {
  std::optional<std::filesystem::path> report;  ///< Beside the clip, where one vouches for it.
  std::optional<FrameSize> input;               ///< Of the pictures that the run had.
  bool is_reduced = false;  ///< The run's --max-res may have made them smaller than the video.
  std::optional<double> frames_per_second;
  std::optional<FramesTaken> frames;  ///< Also unset where an early version wrote the report.
  std::optional<DepthValues> values;  ///< What the numbers are.
  std::string values_from;            ///< Who says so: "clip_report.json", "depth.json".
};

/// Looks for the report of a run beside a clip, `clip_report.json` of `clip_pred.npy`, that names
/// it among its outputs, and for the `depth.json` in a folder of pictures.
/// @throws Error(kInput) naming a report or depth.json that is damaged.
DepthOrigin depth_origin(const std::filesystem::path& clip);

/// inverse, of any kind, or metres: the words of --values. @throws Error(kUsage) for another one.
DepthValues parse_depth_values(const std::string& word);

/// What the numbers of a clip are: as its origin says, else as `told`, else inverse depth.
/// @param told by --values, where inverse depth is that of any kind.
/// @throws Error(kUsage) where the two contradict each other.
DepthValues depth_values(const DepthOrigin& origin, std::optional<DepthValues> told);

}  // namespace rollingdepth
