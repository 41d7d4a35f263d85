#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// What is known of the run that made a depth clip.
struct DepthOrigin {
  std::optional<std::filesystem::path> report;  ///< Beside the clip, where there is one.
  std::optional<FrameSize> input;               ///< Of the video that was run.
  std::optional<DepthValues> values;            ///< What the numbers are.
  std::optional<double> frames_per_second;
};

/// Looks for the report of a run beside a clip, `clip_report.json` of `clip_pred.npy`, that names
/// it among its outputs, and for the `depth.json` in a folder of pictures.
/// @throws Error(kInput) naming a report or depth.json that is damaged.
DepthOrigin depth_origin(const std::filesystem::path& clip);

}  // namespace rollingdepth
