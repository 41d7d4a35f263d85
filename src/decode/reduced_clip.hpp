#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// By how much a clip is made smaller before anything else looks at it.
struct ClipReduction {
  std::optional<Rational> target_rate;  ///< Frames per second, > 0; unset keeps all frames.
  std::int64_t max_res_px = 0;          ///< Longest side; 0 keeps the size.
};

/// Every how many frames one is kept, so that the rate comes near the one asked for: a whole
/// number, half to even, at least 1. Source: the original's `read_video_frames`.
std::int64_t stride_of(Rational rate, Rational target_rate);

/// The clip with frames dropped, by whole strides from the first one on, and pictures whose longest
/// side is larger resampled, antialiased, to even sides. Frame numbers count what is left.
/// @throws Error(kInput) as `source` does.
std::unique_ptr<FrameSource> reduced_clip(std::unique_ptr<FrameSource> source,
                                          const ClipReduction& reduction);

}  // namespace rollingdepth
