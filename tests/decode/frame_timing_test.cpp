#include "frame_timing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollingdepth {
namespace {

TEST(EquallySpaced, AcceptsExactSteps) { EXPECT_TRUE(equally_spaced({0, 512, 1024, 1536})); }

TEST(EquallySpaced, AcceptsTimesInDecodingOrder) {
  EXPECT_TRUE(equally_spaced({0, 3072, 1024, 2048, 4096}));
}

TEST(EquallySpaced, AcceptsRoundingToMilliseconds) {
  EXPECT_TRUE(equally_spaced({0, 42, 83, 125, 167, 208, 250}));  // 24 fps.
}

TEST(EquallySpaced, SeesADroppedFrameWhereATickIsAFrame) {
  EXPECT_FALSE(equally_spaced({0, 1, 2, 4, 5, 6, 7, 8, 9, 10}));
}

// 20 steps of 41 ms and then 20 of 42 ms: no rounding of one rate gives that.
TEST(EquallySpaced, SeesADriftOfOneTickPerFrame) {
  std::vector<std::int64_t> times = {0};
  for (int i = 0; i < 40; ++i) times.push_back(times.back() + (i < 20 ? 41 : 42));
  EXPECT_FALSE(equally_spaced(times));
}

TEST(EquallySpaced, SeesAPause) { EXPECT_FALSE(equally_spaced({0, 40, 80, 400, 440})); }

TEST(EquallySpaced, HasNothingToObjectToInTwoFrames) {
  EXPECT_TRUE(equally_spaced({}));
  EXPECT_TRUE(equally_spaced({7, 900}));
}

TEST(PresentationClock, KeepsNotedTimes) {
  PresentationClock clock({.num = 25, .den = 1}, {.num = 1, .den = 1000});
  EXPECT_EQ(clock.next(120), 120);
  EXPECT_EQ(clock.next(125), 125);
  EXPECT_EQ(clock.next(400), 400);
}

// 30000/1001 fps in milliseconds: 33.37 ticks per frame.
TEST(PresentationClock, CountsOnFromTheFrameRateWithoutDrift) {
  PresentationClock clock({.num = 30000, .den = 1001}, {.num = 1, .den = 1000});
  EXPECT_EQ(clock.next(1000), 1000);
  EXPECT_EQ(clock.next(std::nullopt), 1033);
  EXPECT_EQ(clock.next(std::nullopt), 1067);
  EXPECT_EQ(clock.next(std::nullopt), 1100);
  EXPECT_EQ(clock.next(1200), 1200);
}

TEST(PresentationClock, StartsAtZeroWhereNothingIsNoted) {
  PresentationClock clock({.num = 25, .den = 1}, {.num = 1, .den = 25});
  EXPECT_EQ(clock.next(std::nullopt), 0);
  EXPECT_EQ(clock.next(std::nullopt), 1);
}

TEST(PresentationClock, NeverStandsStillOrGoesBack) {
  PresentationClock clock({.num = 1000, .den = 1}, {.num = 1, .den = 25});
  EXPECT_EQ(clock.next(10), 10);
  EXPECT_EQ(clock.next(10), 11);
  EXPECT_EQ(clock.next(3), 12);
}

}  // namespace
}  // namespace rollingdepth
