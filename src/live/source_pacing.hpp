#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "live/live_frame.hpp"

namespace rollingdepth::live {

/// The times of a clip's frames, made to increase. Not thread-safe.
class ClipTimes {
 public:
  /// @param frame_rate positive; spaces frames whose own times are no use.
  /// @param clock_may_jump whether a large step forwards is one, too.
  ClipTimes(Rational frame_rate, bool clock_may_jump);

  /// The time of the next frame, from 0 on. @param pts_us the clip's own; unset where it has none.
  std::int64_t next(std::optional<std::int64_t> pts_us);
  /// The next frame comes a frame's time after the one before, whatever its own time is.
  void begin_anew() { shift_us_.reset(); }

 private:
  std::int64_t by_rate();

  Rational frame_rate_;
  std::int64_t longest_step_us_;
  std::optional<std::int64_t> shift_us_;  ///< From the clip's own times to those given.
  std::optional<std::int64_t> last_us_;
  /// The last frame that was not placed by the rate, and how many were since: rounded times of
  /// frames do not add up.
  std::int64_t placed_us_ = 0;
  std::int64_t frames_since_ = 0;
};

/// When frames are due that come at their clip's pace. Not thread-safe.
class Pace {
 public:
  /// What a frame may be late by. What is later, as after a pause of the whole program, begins the
  /// pace anew, so that what follows is not late for ever.
  static constexpr std::chrono::milliseconds kMostLate{500};

  /// On a machine that is too slow it would be told with every second frame.
  static constexpr std::chrono::seconds kBetweenTold{30};

  /// The first frame is due now.
  Clock::time_point due(std::int64_t time_us, Clock::time_point now);
  /// How late the frames were for which the pace began anew, since the last time that it was told:
  /// not oftener than every kBetweenTold; 0 where there is nothing to tell.
  Clock::duration take_lateness(Clock::time_point now);

 private:
  std::optional<Clock::time_point> begin_;
  Clock::duration lateness_{0};
  std::optional<Clock::time_point> told_;
};

}  // namespace rollingdepth::live
