#include "method/windows/windows.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

namespace rollingdepth {
namespace {

using ::testing::ElementsAreArray;

constexpr WindowShape kShape(32);

// A shape and what the originals list for it.
struct Listed {
  std::int64_t frames;
  std::int64_t step;
  std::vector<std::int64_t> kept;  // Inputs of the window before that come first.
};
void PrintTo(const Listed& listed, std::ostream* stream) { *stream << listed.frames; }

class Shapes : public ::testing::TestWithParam<Listed> {
 protected:
  // The rule of the original: some inputs of the window before as it was fed, then new ones.
  [[nodiscard]] std::vector<std::int64_t> seen_by_rule(std::int64_t window,
                                                       std::int64_t frames) const {
    const auto& [length, step, kept] = GetParam();
    std::vector<std::int64_t> inputs;
    for (std::int64_t k = 0; k <= window; ++k) {
      std::vector<std::int64_t> next;
      for (std::int64_t i = 0; i < length; ++i) next.push_back(std::min(step * k + i, frames - 1));
      for (std::size_t i = 0; k > 0 && i < kept.size(); ++i) {
        next[i] = inputs[static_cast<std::size_t>(kept[i])];
      }
      inputs = next;
    }
    return inputs;
  }

  const WindowShape shape_{GetParam().frames};
};

INSTANTIATE_TEST_SUITE_P(All, Shapes,
                         ::testing::Values(Listed{32, 22, {0, 12, 24, 25, 26, 27, 28, 29, 30, 31}},
                                           Listed{16, 10, {0, 6, 12, 13, 14, 15}},
                                           Listed{8, 4, {0, 3, 6, 7}}),
                         [](const auto& shape) { return std::to_string(shape.param.frames); });

TEST_P(Shapes, SeeWhatTheRuleOfTheOriginalGives) {
  EXPECT_EQ(shape_.step(), GetParam().step);
  EXPECT_EQ(shape_.anchor(), GetParam().kept[1]);
  EXPECT_EQ(shape_.frames() - GetParam().kept[2], shape_.blended());
  for (const std::int64_t frames : {25, 33, 70, 120, 200}) {
    for (std::int64_t window = 0; window < window_count(shape_, frames); ++window) {
      EXPECT_THAT(window_frames(shape_, window, frames),
                  ElementsAreArray(seen_by_rule(window, frames)))
          << window << " of " << frames;
    }
  }
}

// What is forgotten is never asked for again.
TEST_P(Shapes, SeeOnlyFramesThatWereKept) {
  constexpr std::int64_t kFrames = 150;
  for (std::int64_t window = 0; window < window_count(shape_, kFrames); ++window) {
    for (std::int64_t earlier = 0; earlier <= window; ++earlier) {
      for (const std::int64_t frame : window_frames(shape_, window, kFrames)) {
        // The anchor of a later window is new to an earlier one.
        EXPECT_TRUE(is_seen_from(shape_, earlier, frame))
            << frame << " " << earlier << " " << window;
      }
    }
  }
}

// Every window takes over the frames that blend, and the last ones are its own.
TEST_P(Shapes, ShowAFrameByTheLastWindowThatHasIt) {
  for (const std::int64_t frames : {1, 2, 3, 33, 70}) {
    std::vector<std::int64_t> expected(static_cast<std::size_t>(frames), 0);
    for (std::int64_t window = 1; window < window_count(shape_, frames); ++window) {
      for (std::int64_t i = kFirstShared; i < used_outputs(shape_, window, frames); ++i) {
        expected[static_cast<std::size_t>(window * shape_.step() + i)] = window;
      }
    }
    for (std::int64_t frame = 0; frame < frames; ++frame) {
      EXPECT_EQ(last_window_of(shape_, frame, frames), expected[static_cast<std::size_t>(frame)])
          << frame << " of " << frames;
    }
  }
}

// 24 frames: the original's second window would show frames 24 to 53, copies of the last.
TEST(Windows, AreThoseThatShowAFrameOfTheClip) {
  const auto count = [](std::int64_t frames) { return window_count(kShape, frames); };
  EXPECT_EQ(count(1), 1);
  EXPECT_EQ(count(24), 1);
  EXPECT_EQ(count(25), 2);
  EXPECT_EQ(count(46), 2);
  EXPECT_EQ(count(47), 3);
}

TEST(Windows, UseOutputsUpToTheLastFrame) {
  EXPECT_EQ(used_outputs(kShape, 0, 5), 5);
  EXPECT_EQ(used_outputs(kShape, 0, 70), 32);
  EXPECT_EQ(used_outputs(kShape, 3, 70), 4);
}

TEST(Windows, ForgetWhatNoLaterOneSees) {
  EXPECT_FALSE(is_seen_from(kShape, 2, 33));
  EXPECT_TRUE(is_seen_from(kShape, 2, 34));
}

}  // namespace
}  // namespace rollingdepth
