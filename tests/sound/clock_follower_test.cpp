#include <gmock/gmock.h>

#include "sound/sound_packets.hpp"

namespace rollingdepth {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr std::int64_t kSecond = 1'000'000;

TEST(ClockFollower, MovesTimesToTheStartOfTheClip) {
  const ClipClock clock{.pieces = {{.begin_us = 0, .input_us = 10 * kSecond}},
                        .length_us = 4 * kSecond};
  ClockFollower follower(clock);
  EXPECT_THAT(follower.follow(5 * kSecond), Eq(std::nullopt));
  // For decoders, shortly before it.
  EXPECT_THAT(follower.follow(10 * kSecond - 200'000), Optional(-200'000));
  EXPECT_THAT(follower.follow(13 * kSecond), Optional(3 * kSecond));
  EXPECT_THAT(follower.follow(14 * kSecond), Eq(std::nullopt));
}

TEST(ClockFollower, GoesOnBehindAJumpForward) {
  const ClipClock clock{.pieces = {{.begin_us = 0, .input_us = 0},
                                   {.begin_us = 2 * kSecond, .input_us = 100 * kSecond}},
                        .length_us = 5 * kSecond};
  ClockFollower follower(clock);
  EXPECT_THAT(follower.follow(1 * kSecond), Optional(1 * kSecond));
  EXPECT_THAT(follower.follow(50 * kSecond), Eq(std::nullopt));
  EXPECT_THAT(follower.follow(101 * kSecond), Optional(3 * kSecond));
  EXPECT_THAT(follower.follow(104 * kSecond), Eq(std::nullopt));
}

TEST(ClockFollower, TakesTheLaterPieceAfterAStepBack) {
  const ClipClock clock{
      .pieces = {{.begin_us = 0, .input_us = 0}, {.begin_us = 4 * kSecond, .input_us = 0}},
      .length_us = 8 * kSecond};
  ClockFollower follower(clock);
  EXPECT_THAT(follower.follow(3 * kSecond), Optional(3 * kSecond));
  EXPECT_THAT(follower.follow(1 * kSecond), Optional(5 * kSecond));
  EXPECT_THAT(follower.follow(2 * kSecond), Optional(6 * kSecond));
}

}  // namespace
}  // namespace rollingdepth
