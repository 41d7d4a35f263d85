#include "live/source_pacing.hpp"

#include <algorithm>
#include <utility>

#include "media/libav.hpp"

namespace rollingdepth::live {
namespace {

// A clip that jumps may do so by hours; of others, a picture may stand for long.
constexpr std::int64_t kLongestStepUs = std::int64_t{24} * 3600 * 1'000'000;
constexpr std::int64_t kLongestSureStepUs = 10'000'000;
// What is beyond is no time, and sums of it would overflow.
constexpr std::int64_t kLargestTimeUs = std::int64_t{1} << 60;

}  // namespace

ClipTimes::ClipTimes(Rational frame_rate, bool clock_may_jump)
    : frame_rate_(frame_rate),
      longest_step_us_(clock_may_jump ? kLongestSureStepUs : kLongestStepUs) {}

std::int64_t ClipTimes::next(std::optional<std::int64_t> pts_us) {
  if (pts_us && (*pts_us < -kLargestTimeUs || *pts_us > kLargestTimeUs)) pts_us.reset();
  if (!last_us_) {
    last_us_ = placed_us_ = 0;
    if (pts_us) shift_us_ = -*pts_us;
    return 0;
  }
  if (pts_us && shift_us_) {
    const std::int64_t time_us = *pts_us + *shift_us_;
    if (time_us > *last_us_ && time_us - *last_us_ <= longest_step_us_) {
      last_us_ = placed_us_ = time_us;
      frames_since_ = 0;
      return time_us;
    }
  }
  const std::int64_t time_us = by_rate();
  if (pts_us) shift_us_ = time_us - *pts_us;
  last_us_ = time_us;
  return time_us;
}

std::int64_t ClipTimes::by_rate() {
  ++frames_since_;
  const std::int64_t since_us =
      av_rescale(frames_since_, 1'000'000 * frame_rate_.den, frame_rate_.num);
  return std::max(placed_us_ + since_us, *last_us_ + 1);
}

Clock::time_point Pace::due(std::int64_t time_us, Clock::time_point now) {
  const std::chrono::microseconds time(time_us);
  if (!begin_) begin_ = now - time;
  const Clock::time_point due = *begin_ + time;
  if (now - due <= kMostLate) return due;
  lateness_ += now - due;
  begin_ = now - time;
  return now;
}

Clock::duration Pace::take_lateness(Clock::time_point now) {
  if (lateness_.count() == 0 || (told_ && now - *told_ < kBetweenTold)) return Clock::duration{0};
  told_ = now;
  return std::exchange(lateness_, Clock::duration{0});
}

}  // namespace rollingdepth::live
