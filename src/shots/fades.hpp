#pragma once

#include <cstdint>
#include <vector>

#include "shots/cuts.hpp"
#include "shots/frame_numbers.hpp"

namespace rollingdepth {

/// What a fade is.
struct FadeOptions {
  double luma = 12;                ///< A darker frame may be of a fade, > 0.
  std::int64_t second_frames = 1;  ///< Frames of a second: a fade is looked for in so many.
  std::int64_t least_frames = 0;   ///< Of a shot.
};

/// Whether what seems a hard cut at `frame` is but the end of a fade: there the little that can be
/// seen changes its hue at once. REQUIRES: frame >= 1.
bool is_end_of_fade(const std::vector<FrameNumbers>& frames, std::int64_t frame,
                    const FadeOptions& options);

/// The darkest frame of each fade to black and back, the middle one of several. It gets dark or
/// bright gradually: black between two hard cuts is no fade. What begins or ends the clip in black
/// is none either.
/// @param hard cuts found without fades; where one stands at the edge of the black and farther than
///        a least shot from the darkest frame, the shots are divided already.
Cuts fade_cuts(const std::vector<FrameNumbers>& frames, const FadeOptions& options,
               const Cuts& hard);

}  // namespace rollingdepth
