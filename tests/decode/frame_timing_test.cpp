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

}  // namespace
}  // namespace rollingdepth
