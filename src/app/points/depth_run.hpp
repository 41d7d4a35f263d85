#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "decode/reduced_clip.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// What is known of how a depth clip was made from its video.
struct DepthRun {
  std::optional<DepthValues> values = std::nullopt;
  /// Of the run that wrote the clip; unset where no report vouches for it.
  struct Frames {
    std::int64_t first = 0;  ///< Of the video, after frames were dropped to `target_rate`.
    std::optional<Rational> target_rate;
    bool deinterlaces = false;
  };
  std::optional<Frames> frames = std::nullopt;
};

/// Asks the report of the run that lies beside the clip, `STEM_report.json`, and the `depth.json`
/// of a folder of pictures. A report that does not name the clip, or is of no use, does not count.
DepthRun run_of(const std::filesystem::path& depth_clip);

}  // namespace rollingdepth
