#include "method/video_depth_anything/windows.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace rollingdepth::vda {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

std::vector<std::int64_t> seen(std::int64_t window, std::int64_t frames) {
  const auto all = window_frames(window, frames);
  return {all.begin(), all.end()};
}

// The rule of the original: ten inputs of the window before as it was fed, then 22 new ones.
std::vector<std::int64_t> seen_by_rule(std::int64_t window, std::int64_t frames) {
  std::vector<std::int64_t> inputs;
  for (std::int64_t k = 0; k <= window; ++k) {
    std::vector<std::int64_t> next;
    for (std::int64_t i = 0; i < 32; ++i) next.push_back(std::min(22 * k + i, frames - 1));
    if (k > 0) {
      const std::vector<std::int64_t> kept = {0, 12, 24, 25, 26, 27, 28, 29, 30, 31};
      for (std::size_t i = 0; i < kept.size(); ++i) {
        next[i] = inputs[static_cast<std::size_t>(kept[i])];
      }
    }
    inputs = next;
  }
  return inputs;
}

TEST(Windows, SeeWhatTheRuleOfTheOriginalGives) {
  for (const std::int64_t frames : {25, 33, 70, 120, 200}) {
    for (std::int64_t window = 0; window < window_count(frames); ++window) {
      EXPECT_THAT(seen(window, frames), ElementsAreArray(seen_by_rule(window, frames)))
          << window << " of " << frames;
    }
  }
}

// 24 frames: the original's second window would show frames 24 to 53, copies of the last.
TEST(Windows, AreThoseThatShowAFrameOfTheClip) {
  const auto count = [](std::int64_t frames) { return window_count(frames); };
  EXPECT_EQ(count(1), 1);
  EXPECT_EQ(count(24), 1);
  EXPECT_EQ(count(25), 2);
  EXPECT_EQ(count(46), 2);
  EXPECT_EQ(count(47), 3);
}

TEST(Windows, UseOutputsUpToTheLastFrame) {
  EXPECT_EQ(used_outputs(0, 5), 5);
  EXPECT_EQ(used_outputs(0, 70), 32);
  EXPECT_EQ(used_outputs(3, 70), 4);
}

// What is forgotten is never asked for again.
TEST(Windows, SeeOnlyFramesThatWereKept) {
  constexpr std::int64_t kFrames = 150;
  for (std::int64_t window = 0; window < window_count(kFrames); ++window) {
    for (std::int64_t earlier = 0; earlier <= window; ++earlier) {
      for (const std::int64_t frame : seen(window, kFrames)) {
        // Frame 22 k - 10 of a later window is new to an earlier one.
        EXPECT_TRUE(is_seen_from(earlier, frame)) << frame << " " << earlier << " " << window;
      }
    }
  }
  EXPECT_FALSE(is_seen_from(2, 33));
  EXPECT_TRUE(is_seen_from(2, 34));
}

}  // namespace
}  // namespace rollingdepth::vda
