#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// When each frame of a clip is shown.
struct FrameTimes {
  std::vector<std::int64_t> ticks;  ///< One per frame, from 0 on, each later than the one before.
  Rational time_base;               ///< Seconds per tick; one frame where the rate is constant.
  Rational frame_rate;              ///< Frames per second, the average where it varies.
  bool variable_frame_rate = false;
  ClipClock clock;
  std::vector<std::string> remarks;  ///< What was wrong with the times noted, one line each.
};

/// Makes times that can be written of those that a file notes, right or wrong.
///
/// 1. Times are cleaned. One that lies outside its neighbours' while these agree gets the time
///    between them, and so do a few in a row. A step back is closed up to one frame, as no file
///    that is written could hold it. Steps forward are kept, but for those of more than 10 s where
///    the clock may jump, and those of hours, which no MP4 could hold. Frames without a time are
///    spread between those with one.
/// 2. At a constant rate a frame's time is its slot, round((t - t0) * rate), at least the last + 1:
///    no drift, and a gap where frames are lost. A rate is constant where these slots are the times
///    of all frames, up to the rounding of the input's clock, and most frames follow one another.
/// 3. Else times are kept as they are, in a time base in which an MP4 can hold the longest steps.
/// 4. The clock has a piece for each run of frames that were not moved against one another.
///
/// @param noted presentation times in ticks of `clip.time_base`, in the order of decoding; at least
///              one frame.
/// @param clip  rates and kind of clock.
FrameTimes frame_times(const std::vector<std::optional<std::int64_t>>& noted, const ClipInfo& clip);

}  // namespace rollingdepth
