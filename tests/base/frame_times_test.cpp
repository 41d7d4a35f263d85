#include "base/frame_times.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Noted = std::vector<std::optional<std::int64_t>>;

constexpr Rational kMilliseconds{1, 1000};
constexpr Rational k90kHz{1, 90000};
constexpr Rational kNtsc{30000, 1001};

ClipInfo clip_at(Rational rate, Rational time_base) {
  ClipInfo clip;
  clip.frame_rate = rate;
  clip.time_base = time_base;
  return clip;
}

// A clip of a format whose clock may jump.
ClipInfo broadcast_at(Rational rate) {
  ClipInfo clip = clip_at(rate, k90kHz);
  clip.clock_may_jump = true;
  return clip;
}

// Times at a constant rate from `first` seconds on, rounded to whole ticks.
Noted constant(int frames, Rational rate, Rational time_base, double first = 0) {
  Noted noted;
  for (int n = 0; n < frames; ++n) {
    noted.emplace_back(std::llround((first + n / rate.value()) / time_base.value()));
  }
  return noted;
}

// Moves all frames from `frame` on.
void move_from(Noted& noted, std::size_t frame, std::int64_t ticks) {
  for (std::size_t i = frame; i < noted.size(); ++i) *noted[i] += ticks;
}

std::vector<std::int64_t> counting(int frames) {
  std::vector<std::int64_t> slots;
  for (int n = 0; n < frames; ++n) slots.push_back(n);
  return slots;
}

double seconds(const FrameTimes& times, std::size_t frame) {
  return static_cast<double>(times.ticks.at(frame)) * times.time_base.value();
}

double span(const FrameTimes& times) { return seconds(times, times.ticks.size() - 1); }

void expect_advancing(const FrameTimes& times) {
  EXPECT_EQ(times.ticks.front(), 0);
  for (std::size_t i = 1; i < times.ticks.size(); ++i) {
    EXPECT_GT(times.ticks[i], times.ticks[i - 1]) << "frame " << i;
  }
}

TEST(FrameTimes, OfAConstantRateAreSlots) {
  const FrameTimes times =
      frame_times(constant(50, {25, 1}, k90kHz, 1.4), clip_at({25, 1}, k90kHz));
  EXPECT_EQ(times.ticks, counting(50));
  EXPECT_EQ(times.time_base, (Rational{1, 25}));
  EXPECT_EQ(times.frame_rate, (Rational{25, 1}));
  EXPECT_FALSE(times.variable_frame_rate);
  EXPECT_THAT(times.remarks, IsEmpty());
}

// A day of frames at 33 or 34 ms: nothing adds up.
TEST(FrameTimes, OfNtscInMillisecondsDoNotDrift) {
  constexpr int kFrames = 2'589'410;
  const FrameTimes times =
      frame_times(constant(kFrames, kNtsc, kMilliseconds), clip_at(kNtsc, kMilliseconds));
  EXPECT_EQ(times.frame_rate, kNtsc);
  EXPECT_EQ(times.ticks.back(), kFrames - 1);
  EXPECT_THAT(times.remarks, IsEmpty());
}

// A rate that is told as a decimal number would be off by a frame after ten hours.
TEST(FrameTimes, FindTheUsualRateNextToTheOneTold) {
  const FrameTimes times =
      frame_times(constant(200'000, kNtsc, kMilliseconds), clip_at({2997, 100}, kMilliseconds));
  EXPECT_EQ(times.frame_rate, kNtsc);
  EXPECT_EQ(times.ticks.back(), 199'999);
}

TEST(FrameTimes, FindTheRateWhereTheFileTellsAnotherOne) {
  ClipInfo clip = clip_at({50, 1}, k90kHz);
  EXPECT_EQ(frame_times(constant(9, {25, 1}, k90kHz), clip).frame_rate, (Rational{25, 1}));
  clip.other_rates = {{24000, 1001}};
  const FrameTimes times = frame_times(constant(9, {24000, 1001}, kMilliseconds), [&] {
    clip.time_base = kMilliseconds;
    return clip;
  }());
  EXPECT_EQ(times.frame_rate, (Rational{24000, 1001}));
  EXPECT_EQ(times.ticks, counting(9));
}

TEST(FrameTimes, KeepAPauseInWholeFrames) {
  Noted noted = constant(350, {20, 1}, kMilliseconds);
  move_from(noted, 300, 2000);
  const FrameTimes times = frame_times(noted, clip_at({20, 1}, kMilliseconds));
  EXPECT_EQ(times.time_base, (Rational{1, 20}));
  EXPECT_EQ(times.ticks[299], 299);
  EXPECT_EQ(times.ticks[300], 340);
  EXPECT_NEAR(span(times), 19.45, 1e-9);
}

TEST(FrameTimes, KeepAPauseThatIsNoNumberOfFrames) {
  Noted noted = constant(100, {20, 1}, kMilliseconds);
  move_from(noted, 50, 2013);
  const FrameTimes times = frame_times(noted, clip_at({20, 1}, kMilliseconds));
  EXPECT_TRUE(times.variable_frame_rate);
  EXPECT_EQ(times.time_base, kMilliseconds);
  EXPECT_EQ(times.ticks[50] - times.ticks[49], 2063);
  EXPECT_EQ(times.ticks[99] - times.ticks[50], 49 * 50);
  EXPECT_NEAR(times.frame_rate.value(), 99 / span(times), 1e-3);
}

TEST(FrameTimes, LeaveAGapWhereFramesAreLost) {
  Noted noted = constant(240, kNtsc, k90kHz);
  noted.erase(noted.begin() + 100, noted.begin() + 130);
  for (const ClipInfo& clip : {clip_at(kNtsc, k90kHz), broadcast_at(kNtsc)}) {
    const FrameTimes times = frame_times(noted, clip);
    EXPECT_EQ(times.ticks[99], 99);
    EXPECT_EQ(times.ticks[100], 130);
    EXPECT_EQ(times.ticks.back(), 239);
    // Elsewhere it may be a pause.
    if (clip.clock_may_jump) {
      EXPECT_THAT(times.remarks, ElementsAre("frames are missing in 1 place, 30 in all: the gaps "
                                             "are kept"));
    } else {
      EXPECT_THAT(times.remarks, IsEmpty());
    }
  }
}

TEST(FrameTimes, KeepTelecineAsItIs) {
  Noted noted;
  for (std::int64_t n = 0, tick = 0; n < 40; ++n, tick += n % 2 == 1 ? 4505 : 3003) {
    noted.emplace_back(tick);
  }
  const FrameTimes times = frame_times(noted, broadcast_at(kNtsc));
  EXPECT_TRUE(times.variable_frame_rate);
  EXPECT_EQ(times.ticks.back(), *noted.back());
  EXPECT_THAT(times.remarks, IsEmpty());
}

TEST(FrameTimes, KeepVaryingTimesInTheirTimeBase) {
  const FrameTimes times = frame_times({100, 101, 104, 109, 116}, clip_at({25, 1}, {1, 24}));
  EXPECT_THAT(times.ticks, ElementsAre(0, 1, 4, 9, 16));
  EXPECT_EQ(times.time_base, (Rational{1, 24}));
  EXPECT_TRUE(times.variable_frame_rate);
}

struct Outlier {
  const char* name;
  std::size_t frame;
  std::int64_t tick;
  bool told = true;
};
class WrongTime : public ::testing::TestWithParam<Outlier> {};

// 40 frames at 20 fps, in milliseconds.
TEST_P(WrongTime, MovesNoOtherFrame) {
  const auto& [name, frame, tick, told] = GetParam();
  for (const ClipInfo& clip : {clip_at({20, 1}, kMilliseconds), [] {
                                 ClipInfo jumping = clip_at({20, 1}, kMilliseconds);
                                 jumping.clock_may_jump = true;
                                 return jumping;
                               }()}) {
    Noted noted = constant(40, {20, 1}, kMilliseconds, 3);
    noted[frame] = tick;
    const FrameTimes times = frame_times(noted, clip);
    EXPECT_EQ(times.ticks, counting(40));
    EXPECT_EQ(times.time_base, (Rational{1, 20}));
    if (told) {
      EXPECT_THAT(times.remarks, ElementsAre(HasSubstr("1 frame has a wrong time")));
    } else {
      EXPECT_THAT(times.remarks, IsEmpty());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    FrameTimes, WrongTime,
    ::testing::Values(Outlier{"FarAhead", 10, 33'500}, Outlier{"FarBehind", 10, -50'000},
                      Outlier{"OneFrameBehind", 10, 3400}, Outlier{"SameAsTheOneBefore", 10, 3450},
                      Outlier{"SecondFarAhead", 1, 33'500}, Outlier{"SecondFarBehind", 1, -33'500},
                      Outlier{"FirstFarAhead", 0, 60'000}, Outlier{"LastFarBehind", 39, 0},
                      Outlier{"LastButOneFarAhead", 38, 99'000},
                      Outlier{"NoTimeAtAll", 7, std::numeric_limits<std::int64_t>::max(), false},
                      Outlier{"LargestOfAll", 7, std::int64_t{1} << 60}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(FrameTimes, OfSomeInARowMoveNoOtherFrame) {
  Noted noted = constant(40, {20, 1}, kMilliseconds);
  for (const std::size_t frame : {10, 11, 12}) *noted[frame] += 30'000;
  for (const std::size_t frame : {20, 21}) *noted[frame] -= 7'000;
  const FrameTimes times = frame_times(noted, clip_at({20, 1}, kMilliseconds));
  EXPECT_EQ(times.ticks, counting(40));
  EXPECT_THAT(times.remarks, ElementsAre(HasSubstr("5 frames have wrong times")));
}

// In a variable rate the time is the one between the neighbours'.
TEST(FrameTimes, OfOneThatIsWrongAreBetweenItsNeighbours) {
  const FrameTimes times = frame_times({0, 10, 5000, 61, 75, 110}, clip_at({25, 1}, kMilliseconds));
  EXPECT_THAT(times.ticks, ElementsAre(0, 10, 36, 61, 75, 110));
  EXPECT_THAT(times.remarks, ElementsAre(HasSubstr("wrong time")));
}

TEST(FrameTimes, CloseUpJumpsOfABroadcast) {
  for (const double jump : {36'000.0, 30.0, 10.1, -0.5, -30.0, -36'000.0, -std::exp2(33) / 9e4}) {
    Noted noted = constant(100, kNtsc, k90kHz, 40'000);
    move_from(noted, 50, std::llround(jump * 90'000));
    const FrameTimes times = frame_times(noted, broadcast_at(kNtsc));
    EXPECT_EQ(times.ticks, counting(100)) << jump;
    EXPECT_THAT(times.remarks, ElementsAre("the clock jumps 1 time: closed up, one frame after "
                                           "the other"))
        << jump;
  }
}

TEST(FrameTimes, KeepShorterGapsOfABroadcast) {
  Noted noted = constant(100, {25, 1}, k90kHz);
  move_from(noted, 50, 9 * 90'000);
  const FrameTimes times = frame_times(noted, broadcast_at({25, 1}));
  EXPECT_EQ(times.ticks[50], 50 + 9 * 25);
  EXPECT_THAT(times.remarks, ElementsAre(HasSubstr("225 in all")));
}

TEST(FrameTimes, KeepLongHoldsElsewhere) {
  Noted noted = constant(100, {25, 1}, kMilliseconds);
  move_from(noted, 50, 3'600'000);
  const FrameTimes times = frame_times(noted, clip_at({25, 1}, kMilliseconds));
  EXPECT_EQ(times.ticks[50], 50 + 25 * 3600);
  EXPECT_THAT(times.remarks, IsEmpty());
}

// No format can hold a step back, however its clock is made.
TEST(FrameTimes, CloseUpStepsBackElsewhere) {
  Noted noted = constant(100, {25, 1}, kMilliseconds);
  move_from(noted, 50, -2000);
  const FrameTimes times = frame_times(noted, clip_at({25, 1}, kMilliseconds));
  EXPECT_EQ(times.ticks, counting(100));
  EXPECT_THAT(times.remarks, ElementsAre(HasSubstr("jumps 1 time")));
}

TEST(FrameTimes, OfTimeLapseAreNoJumps) {
  const FrameTimes times = frame_times(constant(10, {1, 20}, k90kHz), broadcast_at({1, 20}));
  EXPECT_EQ(times.ticks, counting(10));
  EXPECT_EQ(times.time_base, (Rational{20, 1}));
  EXPECT_THAT(times.remarks, IsEmpty());
}

// One packet early on that has no time, as where a recording is cut.
TEST(FrameTimes, FillWhatHasNoTime) {
  for (const std::size_t without : {0, 3, 39}) {
    Noted noted = constant(40, kNtsc, k90kHz);
    noted[without] = std::nullopt;
    const FrameTimes times = frame_times(noted, broadcast_at(kNtsc));
    EXPECT_EQ(times.ticks, counting(40)) << without;
    EXPECT_THAT(times.remarks, IsEmpty()) << without;
  }
}

TEST(FrameTimes, CountFramesWhereNoneHasATime) {
  const FrameTimes times = frame_times(Noted(12), clip_at({24, 1}, {1, 1'200'000}));
  EXPECT_EQ(times.ticks, counting(12));
  EXPECT_EQ(times.frame_rate, (Rational{24, 1}));
}

TEST(FrameTimes, OfOneFrameAndOfTwo) {
  EXPECT_THAT(frame_times({7}, clip_at({25, 1}, kMilliseconds)).ticks, ElementsAre(0));
  EXPECT_THAT(frame_times({std::nullopt}, clip_at({25, 1}, kMilliseconds)).ticks, ElementsAre(0));
  const FrameTimes two = frame_times({7, 207}, clip_at({25, 1}, kMilliseconds));
  EXPECT_NEAR(span(two), 0.2, 1e-9);
  EXPECT_THAT(frame_times({207, 7}, clip_at({25, 1}, kMilliseconds)).ticks, ElementsAre(0, 1));
}

// A picture of an MP4 waits for less than 2^28 ticks: in nanoseconds, 0.27 s.
TEST(FrameTimes, OfALongHoldGetATimeBaseThatCanHoldIt) {
  for (const double hold : {3.013, 300.013, 9'000.013}) {
    Noted noted = constant(40, {20, 1}, {1, 1'000'000'000});
    move_from(noted, 20, std::llround(hold * 1e9));
    const FrameTimes times = frame_times(noted, clip_at({20, 1}, {1, 1'000'000'000}));
    EXPECT_TRUE(times.variable_frame_rate);
    EXPECT_EQ(times.time_base.num, 1);
    EXPECT_NEAR(seconds(times, 20) - seconds(times, 19), hold + 0.05, 1e-4) << hold;
    EXPECT_LT((hold + 0.4) * static_cast<double>(times.time_base.den), std::exp2(28));
    EXPECT_THAT(times.remarks, IsEmpty());
    expect_advancing(times);
  }
}

// In whole frames it is no matter of the input's clock, but of the rate's.
TEST(FrameTimes, OfALongHoldAtAnOddRateCanBeWrittenToo) {
  const Rational odd{2'000'000'000, 66'666'667};
  Noted noted = constant(40, odd, {1, 1'000'000'000});
  move_from(noted, 20, 45LL * 66'666'667);  // 90 frames.
  const FrameTimes times = frame_times(noted, clip_at(odd, {1, 1'000'000'000}));
  EXPECT_TRUE(times.variable_frame_rate);
  EXPECT_NEAR(seconds(times, 20) - seconds(times, 19), 91 / 30.0, 1e-4);
  EXPECT_EQ(times.time_base, (Rational{1, 1'000'000}));
}

// No MP4 could hold it, and the rest is not lost for it.
TEST(FrameTimes, CloseUpAHoldOfDays) {
  Noted noted = constant(40, {20, 1}, kMilliseconds);
  noted.back() = 1'000'000'000'000;
  const FrameTimes times = frame_times(noted, clip_at({20, 1}, kMilliseconds));
  EXPECT_EQ(times.ticks, counting(40));
  EXPECT_THAT(times.remarks, ElementsAre(HasSubstr("jumps")));
}

TEST(FrameTimes, OfAClockOfDaysCanBeWritten) {
  const FrameTimes times = frame_times({0, 1, 2, 3}, clip_at({1, 86'400}, {86'400, 1}));
  ASSERT_EQ(times.ticks.size(), 4U);
  expect_advancing(times);
}

TEST(FrameTimes, TellWhereTheClockOfTheFileStands) {
  const FrameTimes times =
      frame_times(constant(50, {25, 1}, k90kHz, 1.4), clip_at({25, 1}, k90kHz));
  EXPECT_THAT(times.clock.pieces, ElementsAre(ClipClock::Piece{0, 1'400'000}));
  EXPECT_EQ(times.clock.length_us, 2'000'000);
}

TEST(FrameTimes, TellOfAJumpWhereTheClockStandsBehindIt) {
  Noted noted = constant(50, {25, 1}, k90kHz, 3);
  move_from(noted, 25, 100 * 90'000);
  move_from(noted, 40, -200 * 90'000);
  const FrameTimes times = frame_times(noted, broadcast_at({25, 1}));
  EXPECT_THAT(times.clock.pieces,
              ElementsAre(ClipClock::Piece{0, 3'000'000}, ClipClock::Piece{1'000'000, 104'000'000},
                          ClipClock::Piece{1'600'000, -95'400'000}));
}

TEST(FrameTimes, AreOneClockWhereTimesAreWrongOrRounded) {
  Noted noted = constant(2000, kNtsc, kMilliseconds, 0.5);
  *noted[10] += 700;
  noted[20] = std::nullopt;
  const FrameTimes times = frame_times(noted, clip_at(kNtsc, kMilliseconds));
  EXPECT_THAT(times.clock.pieces, ElementsAre(ClipClock::Piece{0, 500'000}));
  EXPECT_THAT(frame_times({std::nullopt, std::nullopt}, clip_at({25, 1}, k90kHz)).clock.pieces,
              IsEmpty());
}

// Whatever is noted, what comes out can be written.
TEST(FrameTimes, AdvanceWhateverIsNoted) {
  std::uint64_t state = 1;
  const auto random = [&](std::uint64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % below;
  };
  for (int round = 0; round < 2000; ++round) {
    Noted noted = constant(static_cast<int>(1 + random(30)), {25, 1}, k90kHz);
    for (std::uint64_t hits = random(20); hits > 0; --hits) {
      auto& time = noted[random(noted.size())];
      time = std::optional<std::int64_t>(static_cast<std::int64_t>(random(1U << 30)) *
                                         (std::int64_t{1} << random(33)));
      if (random(3) == 0) time = -*time;
      if (random(4) == 0) time = std::nullopt;
    }
    const FrameTimes times =
        frame_times(noted, random(2) == 0 ? broadcast_at({25, 1}) : clip_at({25, 1}, k90kHz));
    ASSERT_EQ(times.ticks.size(), noted.size());
    ASSERT_NO_FATAL_FAILURE(expect_advancing(times));
    ASSERT_TRUE(times.time_base.positive() && times.frame_rate.positive());
    // No eight steps are more than 2^28 ticks at 10,000 a second or more.
    for (std::size_t i = 8; i < times.ticks.size(); ++i) {
      const double delay = seconds(times, i) - seconds(times, i - 8);
      ASSERT_LT(delay * std::max(1e4, static_cast<double>(times.time_base.den)), std::exp2(28))
          << "round " << round;
    }
  }
}

}  // namespace
}  // namespace rollingdepth
