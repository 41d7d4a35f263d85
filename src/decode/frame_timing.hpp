#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rollingdepth/base/clip.hpp"

namespace rollingdepth {

/// Whether times are equally spaced, up to the rounding of a constant rate to whole ticks.
/// @param times in ticks, in any order. Fewer than three are always equally spaced.
bool equally_spaced(std::vector<std::int64_t> times);

/// Gives every frame a presentation time, each later than the one before: the time noted in the
/// file, or, where that is absent or does not advance, one that counts on from the frame rate.
class PresentationClock {
 public:
  PresentationClock() = default;
  PresentationClock(const Rational& frame_rate, const Rational& time_base);

  /// @param noted the time in the file, in ticks.
  /// @return      the time to use, in ticks.
  std::int64_t next(std::optional<std::int64_t> noted);

 private:
  double ticks_per_frame_ = 1;
  std::optional<std::int64_t> last_;
  std::int64_t last_noted_ = 0;      ///< Where counting starts.
  std::int64_t counted_frames_ = 0;  ///< Frames since `last_noted_`.
};

}  // namespace rollingdepth
