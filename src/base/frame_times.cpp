#include "base/frame_times.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace rollingdepth {
namespace {

// Wrong times in a row that are told from a clock that jumps.
constexpr std::size_t kMaxWrongInARow = 8;
// Broadcasts that were cut jump by hours, receivers that lost their signal by seconds.
constexpr double kLongestStepOfJumpingClock = 10;
// An MP4 holds how much later than it is decoded a picture is shown. libavformat takes a file with
// 2^28 ticks or more there for damaged. Encoders that reorder frames make it of a few steps, and a
// second has 10,000 ticks at least.
constexpr double kTicksOfDelay = 1 << 28;
constexpr std::size_t kReorderedSteps = 8;
constexpr std::int64_t kSmallestTimescale = 10'000;
constexpr double kLongestStep = 3 * 3600;
// Where several long ones follow one another.
constexpr double kLongestOfMany = kTicksOfDelay / kSmallestTimescale / kReorderedSteps;
// Beyond these no two times could be subtracted; steps that made frames go beyond are cut.
constexpr std::int64_t kLargestTick = std::int64_t{1} << 61;
// A constant rate in whole ticks is off by one tick at most, where the first time is as well; half
// a tick more for those who round twice. Of a slot, no more than a quarter.
constexpr double kRoundingTicks = 1.5;
constexpr double kRoundingSlots = 0.25;

/// A frame whose time is noted.
struct NotedFrame {
  std::size_t index = 0;
  std::int64_t tick = 0;
};

Rational reduced(Rational value) {
  const std::int64_t divisor = std::max<std::int64_t>(std::gcd(value.num, value.den), 1);
  return {.num = value.num / divisor, .den = value.den / divisor};
}

std::string counted(std::int64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

// The median of steps forward, in ticks per frame; one at the rate told where there is none that
// can be.
double usual_step(const std::vector<NotedFrame>& frames, const ClipInfo& clip) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < frames.size(); ++i) {
    const auto ticks = static_cast<double>(frames[i].tick - frames[i - 1].tick);
    const auto count = static_cast<double>(frames[i].index - frames[i - 1].index);
    if (ticks > 0) steps.push_back(ticks / count);
  }
  const double longest = std::max(kLongestStep / clip.time_base.value(), 1.0);
  if (!steps.empty()) {
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end());
    if (*middle <= longest) return *middle;
  }
  return std::clamp(1 / (clip.frame_rate.value() * clip.time_base.value()), 1.0, longest);
}

/// Leaves out the times that lie outside their neighbours' while these agree.
class OutlierSieve {
 public:
  OutlierSieve(const std::vector<NotedFrame>& frames, double step) : frames_(frames), step_(step) {}

  std::vector<NotedFrame> kept() {
    for (std::size_t next = 0; next < frames_.size(); ++next) {
      if (kept_.empty() || frames_[next].tick > kept_.back().tick) {
        kept_.push_back(frames_[next]);
      } else {
        next += resolve(next);
      }
    }
    return std::move(kept_);
  }

 private:
  // The time between two frames where frames between them are left out; negative where these do not
  // agree: too close for more than one frame between them, or not even in order.
  [[nodiscard]] double room(const NotedFrame& before, const NotedFrame& after,
                            std::size_t left_out) const {
    const auto ticks = static_cast<double>(after.tick - before.tick);
    const auto usual = step_ * static_cast<double>(after.index - before.index);
    return ticks > 0 && (left_out == 1 || ticks >= usual / 2) ? ticks : -1;
  }

  // Frame `next` is not later than the last one kept: either of them may be wrong, or some in a
  // row, or the clock has stepped back. @return how many frames after `next` are dealt with, too.
  std::size_t resolve(std::size_t next) {
    for (std::size_t count = 1; count <= kMaxWrongInARow; ++count) {
      double without_kept = -1, without_next = -1;
      if (kept_.size() > count) {
        without_kept = room(kept_[kept_.size() - count - 1], frames_[next], count);
      }
      if (next + count < frames_.size()) {
        without_next = room(kept_.back(), frames_[next + count], count);
      }
      // The first frame and the last have one neighbour.
      const bool last = count == 1 && next + 1 == frames_.size();
      const bool first =
          count == 1 && kept_.size() == 1 && !last && frames_[next + 1].tick > frames_[next].tick;
      if (without_next >= without_kept && (without_next > 0 || last)) return count - 1;
      if (without_kept > 0 || first) {
        kept_.resize(kept_.size() - count);
        break;
      }
    }
    kept_.push_back(frames_[next]);
    return 0;
  }

  const std::vector<NotedFrame>& frames_;
  double step_;
  std::vector<NotedFrame> kept_;
};

// Closes up steps back, and those that are longer than `longest` ticks, in place. @return their
// number.
std::int64_t close_jumps(std::vector<NotedFrame>& frames, double step, double longest) {
  std::int64_t jumps = 0;
  std::int64_t before = frames.empty() ? 0 : frames.front().tick;
  for (std::size_t i = 1; i < frames.size(); ++i) {
    std::int64_t ticks = frames[i].tick - before;
    before = frames[i].tick;
    if (ticks <= 0 || static_cast<double>(ticks) > longest) {
      const auto count = static_cast<double>(frames[i].index - frames[i - 1].index);
      ticks = std::max<std::int64_t>(std::llround(step * count), 1);
      ++jumps;
    }
    frames[i].tick = std::min(frames[i - 1].tick + ticks, kLargestTick);
  }
  return jumps;
}

// The times of all frames from 0 on, in order: those between `frames` evenly, those before and
// after them at the usual step.
std::vector<std::int64_t> filled(const std::vector<NotedFrame>& frames, std::size_t count,
                                 double step) {
  std::vector<std::int64_t> ticks(count);
  const NotedFrame start = frames.empty() ? NotedFrame{} : frames.front();
  const std::int64_t first = start.tick - std::llround(step * static_cast<double>(start.index));
  std::size_t after = 0;  // Of `frames`, the first one at or behind the frame looked at.
  for (std::size_t i = 0; i < count; ++i) {
    while (after < frames.size() && frames[after].index < i) ++after;
    const bool is_last = after == frames.size();
    const NotedFrame left = after > 0 ? frames[after - 1] : NotedFrame{0, first};
    double spacing = step;
    if (!is_last && after > 0) {
      spacing = static_cast<double>(frames[after].tick - left.tick) /
                static_cast<double>(frames[after].index - left.index);
    }
    ticks[i] = !is_last && frames[after].index == i
                   ? frames[after].tick
                   : left.tick + std::llround(spacing * static_cast<double>(i - left.index));
    ticks[i] -= first;
    if (i > 0) ticks[i] = std::max(ticks[i], ticks[i - 1] + 1);
  }
  return ticks;
}

/// Rates that the times may have: those that the file tells, the nearest of the usual ones, and the
/// rate of the step that is most frequent.
std::vector<Rational> rates_to_try(const std::vector<std::int64_t>& ticks, const ClipInfo& clip) {
  std::vector<Rational> rates = {clip.frame_rate};
  rates.insert(rates.end(), clip.other_rates.begin(), clip.other_rates.end());
  const std::size_t told = rates.size();
  for (std::size_t i = 0; i < told; ++i) {
    if (!rates[i].positive() || rates[i].value() > 1e6) continue;
    const double rate = rates[i].value();
    const Rational whole{.num = std::llround(rate), .den = 1};
    const Rational ntsc{.num = std::llround(rate * 1.001) * 1000, .den = 1001};
    for (const Rational& usual : {whole, ntsc}) {
      if (std::abs(usual.value() - rate) < 5e-4 * rate) rates.push_back(usual);
    }
  }
  std::map<std::int64_t, std::int64_t> frequency;
  for (std::size_t i = 1; i < ticks.size(); ++i) ++frequency[ticks[i] - ticks[i - 1]];
  const auto most_frequent =
      std::max_element(frequency.begin(), frequency.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most_frequent != frequency.end() &&
      most_frequent->first < std::numeric_limits<std::int32_t>::max()) {
    rates.push_back({clip.time_base.den, clip.time_base.num * most_frequent->first});
  }
  std::erase_if(rates, [](const Rational& rate) { return !rate.positive(); });
  std::transform(rates.begin(), rates.end(), rates.begin(), reduced);
  return rates;
}

/// The slots of all frames at `rate`; nothing where they are not the frames' times.
/// @param trusted whether a frame's time is the file's.
std::optional<std::vector<std::int64_t>> slots_at(const Rational& rate,
                                                  const std::vector<std::int64_t>& ticks,
                                                  const std::vector<bool>& trusted,
                                                  const Rational& time_base) {
  const double slots_per_tick = rate.value() * time_base.value();
  const double tolerance = std::min(kRoundingTicks * slots_per_tick, kRoundingSlots);
  if (static_cast<double>(ticks.back()) * slots_per_tick > static_cast<double>(kLargestTick)) {
    return std::nullopt;
  }
  std::vector<std::int64_t> slots(ticks.size());
  const auto anchor =
      static_cast<std::size_t>(std::find(trusted.begin(), trusted.end(), true) - trusted.begin());
  // Where the first frame's time is made up, the rounding of one that is noted counts.
  double shift = 0;
  if (anchor < ticks.size()) {
    const double exact = static_cast<double>(ticks[anchor]) * slots_per_tick;
    shift = std::round(exact) - exact;
  }
  std::size_t following = 0;
  for (std::size_t i = 1; i < ticks.size(); ++i) {
    const double exact = static_cast<double>(ticks[i]) * slots_per_tick + shift;
    slots[i] = std::max<std::int64_t>(std::llround(exact), slots[i - 1] + 1);
    if (trusted[i] && std::abs(static_cast<double>(slots[i]) - exact) > tolerance) {
      return std::nullopt;
    }
    if (slots[i] == slots[i - 1] + 1) ++following;
  }
  if (2 * following < ticks.size() - 1) return std::nullopt;
  return slots;
}

// The most seconds that a few steps in a row take.
double longest_steps(const std::vector<std::int64_t>& ticks, const Rational& time_base) {
  std::int64_t longest = 0;
  for (std::size_t i = 1; i < ticks.size(); ++i) {
    longest = std::max(longest, ticks[i] - ticks[i > kReorderedSteps ? i - kReorderedSteps : 0]);
  }
  return static_cast<double>(longest) * time_base.value();
}

// Whether differences of times fit in an MP4 whose time base has this denominator: libavformat
// doubles it until it is large enough.
bool fits(double seconds, std::int64_t timescale) {
  if (timescale > std::numeric_limits<std::int32_t>::max()) return false;
  while (timescale < kSmallestTimescale) timescale *= 2;
  return seconds * static_cast<double>(timescale) < kTicksOfDelay;
}

// Times as they are, or in a coarser time base where the longest steps need it.
void keep_varying(std::vector<std::int64_t> ticks, const ClipInfo& clip, FrameTimes& times) {
  const double seconds = longest_steps(ticks, clip.time_base);
  const Rational time_base = reduced(clip.time_base);
  times.time_base = time_base;
  if (!fits(seconds, time_base.den)) {
    for (const std::int64_t timescale : {1'000'000, 90'000, 10'000}) {
      times.time_base = {.num = 1, .den = timescale};
      if (fits(seconds, timescale)) break;
    }
    const double ratio = time_base.value() / times.time_base.value();
    for (std::size_t i = 1; i < ticks.size(); ++i) {
      ticks[i] = std::max(std::llround(static_cast<double>(ticks[i]) * ratio),
                          static_cast<long long>(ticks[i - 1] + 1));
    }
  }
  times.ticks = std::move(ticks);
  times.variable_frame_rate = true;
  times.frame_rate = clip.frame_rate;
  if (times.ticks.size() < 2) return;
  const double rate = static_cast<double>(times.ticks.size() - 1) /
                      (static_cast<double>(times.ticks.back()) * times.time_base.value());
  constexpr std::int64_t kThousandths = 1000;
  times.frame_rate = reduced(
      {.num = std::max<std::int64_t>(std::llround(rate * kThousandths), 1), .den = kThousandths});
}

void add_remarks(std::int64_t wrong, std::int64_t jumps, std::int64_t shortened,
                 FrameTimes& times) {
  if (wrong > 0) {
    times.remarks.push_back(counted(wrong, "frame") +
                            (wrong == 1 ? " has a wrong time, outside its neighbours': it gets one"
                                        : " have wrong times, outside their neighbours': they get "
                                          "times") +
                            " between them");
  }
  if (jumps > 0) {
    times.remarks.push_back("the clock jumps " + counted(jumps, "time") +
                            ": closed up, one frame after the other");
  }
  if (shortened > 0) {
    times.remarks.push_back(counted(shortened, "hold") + (shortened == 1 ? " is" : " are") +
                            " longer than a video with others like it can keep: shortened");
  }
}

// A broadcast has no pauses: what is missing was lost.
void add_remark_on_gaps(FrameTimes& times) {
  std::int64_t gaps = 0;
  for (std::size_t i = 1; i < times.ticks.size(); ++i) {
    if (times.ticks[i] - times.ticks[i - 1] > 1) ++gaps;
  }
  if (gaps == 0) return;
  const std::int64_t missing =
      times.ticks.back() + 1 - static_cast<std::int64_t>(times.ticks.size());
  times.remarks.push_back("frames are missing in " + counted(gaps, "place") + ", " +
                          std::to_string(missing) + " in all: the gaps are kept");
}

// Of times that no file of sense has.
std::int64_t whole(double microseconds) {
  constexpr auto kLargest = static_cast<double>(kLargestTick);
  return std::llround(std::clamp(microseconds, -kLargest, kLargest));
}

double microseconds(std::int64_t ticks, const Rational& time_base) {
  constexpr double kMicroseconds = 1e6;
  return static_cast<double>(ticks) * time_base.value() * kMicroseconds;
}

/// How `times` go with the times that the file notes.
/// @param frames those whose times are believed.
ClipClock clock_of(const std::vector<NotedFrame>& frames,
                   const std::vector<std::optional<std::int64_t>>& noted, const ClipInfo& clip,
                   const FrameTimes& times) {
  // What is taken for rounding, of both clocks.
  const double same = 20e3 + 2 * microseconds(1, clip.time_base);
  ClipClock clock;
  double shift = 0;
  for (const NotedFrame& frame : frames) {
    const double begin = microseconds(times.ticks[frame.index], times.time_base);
    const double input = microseconds(*noted[frame.index], clip.time_base);
    if (clock.pieces.empty()) {
      shift = input - begin;
      clock.pieces.push_back({.begin_us = 0, .input_us = whole(shift)});
    } else if (std::abs(input - begin - shift) > same) {
      shift = input - begin;
      clock.pieces.push_back({.begin_us = whole(begin), .input_us = whole(input)});
    }
  }
  clock.length_us =
      whole(microseconds(times.ticks.back(), times.time_base) + 1e6 / times.frame_rate.value());
  return clock;
}

/// Those of step 2 where there is a rate, else of step 3.
void choose_times(const std::vector<std::int64_t>& ticks, const std::vector<bool>& trusted,
                  const ClipInfo& clip, FrameTimes& times) {
  for (const Rational& rate : rates_to_try(ticks, clip)) {
    std::optional<std::vector<std::int64_t>> slots = slots_at(rate, ticks, trusted, clip.time_base);
    const Rational slot{.num = rate.den, .den = rate.num};
    if (!slots || !fits(longest_steps(*slots, slot), slot.den)) continue;
    times.ticks = *std::move(slots);
    times.frame_rate = rate;
    times.time_base = slot;
    if (clip.clock_may_jump) add_remark_on_gaps(times);
    return;
  }
  keep_varying(ticks, clip, times);
}

}  // namespace

FrameTimes frame_times(const std::vector<std::optional<std::int64_t>>& noted,
                       const ClipInfo& clip) {
  std::vector<NotedFrame> frames;
  for (std::size_t i = 0; i < noted.size(); ++i) {
    if (noted[i] && *noted[i] > -kLargestTick && *noted[i] < kLargestTick) {
      frames.push_back({i, *noted[i]});
    }
  }
  std::vector<NotedFrame> kept = OutlierSieve(frames, usual_step(frames, clip)).kept();
  const double step = std::min(usual_step(kept, clip), static_cast<double>(kLargestTick) /
                                                           static_cast<double>(noted.size()));
  const auto wrong = static_cast<std::int64_t>(frames.size() - kept.size());
  const double ticks_per_second = 1 / clip.time_base.value();
  double longest = kLongestStep * ticks_per_second;
  // Where all steps are that long, as in time lapse, none of them is a jump.
  if (clip.clock_may_jump) {
    longest = std::min(longest, std::max(kLongestStepOfJumpingClock * ticks_per_second, 2 * step));
  }
  const std::int64_t jumps = close_jumps(kept, step, longest);
  std::int64_t shortened = 0;
  std::vector<std::int64_t> ticks = filled(kept, noted.size(), step);
  if (!fits(longest_steps(ticks, clip.time_base), kSmallestTimescale)) {
    const double short_step = std::min(step, kLongestOfMany / 2 * ticks_per_second);
    shortened = close_jumps(kept, short_step, kLongestOfMany / 2 * ticks_per_second);
    ticks = filled(kept, noted.size(), short_step);
  }

  FrameTimes times;
  add_remarks(wrong, jumps, shortened, times);
  std::vector<bool> trusted(noted.size(), false);
  for (const NotedFrame& frame : kept) trusted[frame.index] = true;
  choose_times(ticks, trusted, clip, times);
  times.clock = clock_of(kept, noted, clip, times);
  return times;
}

}  // namespace rollingdepth
