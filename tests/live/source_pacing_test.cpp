#include "live/source_pacing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace rollingdepth::live {
namespace {

using namespace std::chrono_literals;
constexpr Rational kFilm{.num = 25, .den = 1};  // 40 ms a frame.

TEST(LiveSourcePacing, BeginsAtZeroAndKeepsTheClipsOwnSpacing) {
  ClipTimes times(kFilm, /*clock_may_jump=*/false);
  EXPECT_EQ(times.next(1'400'000), 0);
  EXPECT_EQ(times.next(1'433'000), 33'000);
  EXPECT_EQ(times.next(3'400'000), 2'000'000);
}

TEST(LiveSourcePacing, PlacesFramesWithoutATimeOrWithAnEarlierOneByTheRate) {
  ClipTimes times(kFilm, false);
  EXPECT_EQ(times.next(0), 0);
  EXPECT_EQ(times.next(std::nullopt), 40'000);
  EXPECT_EQ(times.next(80'000), 80'000);
  EXPECT_EQ(times.next(80'000), 120'000);
  // From here on the clip's clock is 40 ms behind.
  EXPECT_EQ(times.next(120'000), 160'000);
  EXPECT_EQ(times.next(-500'000), 200'000);
  EXPECT_EQ(times.next(-450'000), 250'000);
}

TEST(LiveSourcePacing, DoesNotAddUpWhatRoundingCuts) {
  ClipTimes times({.num = 30000, .den = 1001}, false);
  std::int64_t last = 0;
  for (int frame = 0; frame <= 30000; ++frame) last = times.next(std::nullopt);
  EXPECT_EQ(last, 1'001'000'000);
}

TEST(LiveSourcePacing, TakesALargeStepForAJumpOnlyWhereClocksJump) {
  ClipTimes slides(kFilm, false);
  ClipTimes broadcast(kFilm, true);
  slides.next(0);
  broadcast.next(0);
  EXPECT_EQ(slides.next(3'600'000'000), 3'600'000'000);
  EXPECT_EQ(broadcast.next(3'600'000'000), 40'000);
  EXPECT_EQ(broadcast.next(3'600'050'000), 90'000);
}

TEST(LiveSourcePacing, GoesOnByTheRateWhereTheClipBeginsAnew) {
  ClipTimes times(kFilm, false);
  times.next(0);
  times.next(100'000);
  times.begin_anew();
  EXPECT_EQ(times.next(500'000), 140'000);
  EXPECT_EQ(times.next(530'000), 170'000);
}

TEST(LiveSourcePacing, IncreasesWhateverTimesAndRatesThereAre) {
  ClipTimes times({.num = 1'000'000'000, .den = 1}, false);
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  std::int64_t last = -1;
  for (const std::int64_t pts : {kMost, kLeast, kMost / 2, kLeast / 2, std::int64_t{0}, kMost}) {
    const std::int64_t time = times.next(pts);
    EXPECT_GT(time, last);
    last = time;
  }
  EXPECT_LT(last, 1000);
}

TEST(LiveSourcePacing, IsDueAtTheClipsOwnPaceFromTheFirstFrameOn) {
  Pace pace;
  const Clock::time_point begin = Clock::now();
  EXPECT_EQ(pace.due(0, begin), begin);
  EXPECT_EQ(pace.due(40'000, begin), begin + 40ms);
  // A frame that is a little late was due when it was due.
  EXPECT_EQ(pace.due(80'000, begin + 500ms), begin + 80ms);
  EXPECT_EQ(pace.take_lateness(begin + 500ms), 0ms);
}

TEST(LiveSourcePacing, BeginsAnewWhereItIsFarBehind) {
  Pace pace;
  const Clock::time_point begin = Clock::now();
  pace.due(0, begin);
  EXPECT_EQ(pace.due(40'000, begin + 3040ms), begin + 3040ms);
  EXPECT_EQ(pace.take_lateness(begin + 3040ms), 3000ms);
  EXPECT_EQ(pace.take_lateness(begin + 3040ms), 0ms);
  EXPECT_EQ(pace.due(80'000, begin + 3050ms), begin + 3080ms);
}

// A machine that is too slow is behind with every other frame.
TEST(LiveSourcePacing, TellsOfManyDelaysTogether) {
  Pace pace;
  Clock::time_point now = Clock::now();
  pace.due(0, now);
  std::vector<Clock::duration> told;
  for (int frame = 1; frame <= 100; ++frame) {
    now += 1040ms;
    pace.due(40'000 * frame, now);
    if (const auto lateness = pace.take_lateness(now); lateness > 0ms) told.push_back(lateness);
  }
  EXPECT_THAT(told, ::testing::ElementsAre(1s, 29s, 29s, 29s));
}

}  // namespace
}  // namespace rollingdepth::live
