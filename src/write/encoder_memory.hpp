#pragma once

#include <cstdint>
#include <optional>

#include "base/resample.hpp"

namespace rollingdepth {

/// Bytes per pixel of something that fills up with the frames of a clip.
struct PerPixel {
  double first;    ///< With one frame.
  double further;  ///< For every one after it, until it is full.
  double full;

  /// @param frames unset: as many as fill it.
  [[nodiscard]] double of(std::optional<std::int64_t> frames) const;
};

// What the encoder of one video of depth maps of this size takes, in bytes, and what is around it.
// All are fits to peaks measured on CPU with 12 to 3,000 frames, see docs/long-video.md.

double color_video_memory_bytes(FrameSize size, std::optional<std::int64_t> frames);
double side_by_side_memory_bytes(FrameSize size, std::optional<std::int64_t> frames);
double ffv1_memory_bytes(FrameSize size, std::optional<std::int64_t> frames);
double hevc_memory_bytes(FrameSize size, std::optional<std::int64_t> frames);

}  // namespace rollingdepth
