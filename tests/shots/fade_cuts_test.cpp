#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "shots/cut_detector.hpp"
#include "shots/drawn_frames.hpp"

namespace rollingdepth {
namespace {

using testing::drawn_frame;
using testing::drawn_shot;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::joined;
using testing::plain_frame;
using ::testing::SizeIs;
using Frames = std::vector<at::Tensor>;

/// Nothing moves, so that shots and their fades fit.
Frames shot(int scene, int count) { return drawn_shot(scene, count, 0); }

Cuts cuts_of(const Frames& frames, const CutOptions& options = {}) {
  CutDetector detector(options, {160, 90}, {25, 1});
  for (const at::Tensor& frame : frames) detector.add(frame);
  return detector.finish();
}

/// Gets dark: black would be its next frame.
Frames fade_out(int scene, int count) {
  Frames frames;
  for (int i = 0; i < count; ++i) {
    frames.push_back(drawn_frame(scene, 0, 0, 1 - (i + 1.0) / (count + 1)));
  }
  return frames;
}

Frames fade_in(int scene, int count) {
  Frames frames = fade_out(scene, count);
  std::reverse(frames.begin(), frames.end());
  return frames;
}

Frames black(int count) { return Frames(static_cast<std::size_t>(count), plain_frame(0)); }

TEST(FadeCuts, CutOnceInTheMiddleOfTheDarkestFrames) {
  // 40 + 20, then 9 black ones: 60 to 68.
  const Frames frames =
      joined({shot(0, 40), fade_out(0, 20), black(9), fade_in(1, 20), shot(1, 40)});
  EXPECT_THAT(cuts_of(frames), ElementsAre(64));
}

TEST(FadeCuts, CutAtTheDarkestFrameWhereNoneIsBlack) {
  Frames frames = joined({shot(0, 40), fade_out(0, 30), fade_in(1, 30), shot(1, 40)});
  // The last of one and the first of the other are as dark.
  EXPECT_THAT(cuts_of(frames), ElementsAre(69));
}

TEST(FadeCuts, TakeThePlaceOfHardCutsThatAreNear) {
  // Fades of two frames, which are hard cuts too: at 40 or so, and 48.
  const Frames frames = joined({shot(0, 40), fade_out(0, 2), black(5), shot(1, 40)});
  EXPECT_THAT(cuts_of(frames, {.fade_luma = 0}), SizeIs(1));
  EXPECT_THAT(cuts_of(frames), ElementsAre(44));
}

TEST(FadeCuts, NeverComeWithinALeastShotOfAnother) {
  for (int hold = 1; hold < 60; hold += 4) {
    const Frames frames = joined({shot(0, 40), fade_out(0, 12), black(hold), shot(1, 20),
                                  fade_out(1, 3), black(2), fade_in(2, 10), shot(2, 30)});
    const Cuts cuts = cuts_of(frames);
    ASSERT_FALSE(cuts.empty()) << hold;
    for (std::size_t i = 1; i < cuts.size(); ++i) EXPECT_GE(cuts[i] - cuts[i - 1], 15) << hold;
  }
}

TEST(FadeCuts, AreNoneWhereAClipBeginsOrEndsInBlack) {
  EXPECT_THAT(cuts_of(joined({black(30), fade_in(0, 30), shot(0, 60)})), IsEmpty());
  EXPECT_THAT(cuts_of(joined({shot(0, 60), fade_out(0, 30), black(30)})), IsEmpty());
  EXPECT_THAT(cuts_of(black(60)), IsEmpty());
}

TEST(FadeCuts, LeaveBlackBetweenHardCutsToThem) {
  const Frames frames = joined({shot(0, 40), black(30), shot(1, 40)});
  EXPECT_THAT(cuts_of(frames), ElementsAre(40, 70));
}

TEST(FadeCuts, LeaveTheCutFromBlackToAPictureThatGetsBrighter) {
  Frames frames = joined({shot(0, 40), black(30)});
  for (int i = 0; i < 40; ++i) frames.push_back(drawn_frame(1, 0, 0, 0.5 + std::min(i, 20) * 0.02));
  EXPECT_THAT(cuts_of(frames), ElementsAre(40, 70));
  frames.erase(frames.begin(), frames.begin() + 40);
  EXPECT_THAT(cuts_of(frames), ElementsAre(30));
}

// A lamp at night, nothing else: its mean is as dark as a fade's, and wanders.
TEST(FadeCuts, AreNoneInADarkScene) {
  Frames frames = shot(0, 40);
  for (int i = 0; i < 200; ++i) {
    at::Tensor night = plain_frame(2 + i % 7);
    night.slice(1, 30, 50).slice(2, 60, 80).fill_(120 + 60 * (i / 20 % 2));
    frames.push_back(night);
  }
  EXPECT_THAT(cuts_of(joined({frames, shot(0, 40)})), ElementsAre(40, 240));
}

// As codecs leave it: a level of brightness more or less, and with it other hues.
TEST(FadeCuts, AreNoCutsWhereOnlyTheHueOfTheDarkChanges) {
  Frames frames;
  for (int i = 0; i < 120; ++i) {
    at::Tensor night = plain_frame(7);
    night[i / 20 % 3] = 9;
    night.slice(1, 30, 50).slice(2, 60, 80).fill_(60);
    frames.push_back(night);
  }
  EXPECT_THAT(cuts_of(frames), IsEmpty());
  EXPECT_THAT(cuts_of(frames, {.fade_luma = 0}), ElementsAre(20, 40, 60, 80, 100));
}

TEST(FadeCuts, LeaveCutsBetweenDarkScenes) {
  Frames frames;
  for (int i = 0; i < 60; ++i) {
    at::Tensor night = plain_frame(2);
    night.slice(2, i < 30 ? 10 : 120, i < 30 ? 40 : 150).fill_(40);
    frames.push_back(night);
  }
  EXPECT_THAT(cuts_of(frames, {.least_content = 3}), ElementsAre(30));
}

// Dusk: as dark as a fade for a while, but never black.
TEST(FadeCuts, AreNoneWhereItOnlyGetsDark) {
  Frames frames;
  for (int i = 0; i < 200; ++i) {
    frames.push_back(drawn_frame(0, i * 0.2, 0, 0.07 + 0.4 * std::abs(i - 100) / 100));
  }
  EXPECT_THAT(cuts_of(frames), IsEmpty());
}

TEST(FadeCuts, SeeThroughNoiseInTheBlack) {
  at::manual_seed(1);
  Frames noise;
  for (int i = 0; i < 10; ++i) noise.push_back(at::randint(0, 4, {3, 90, 160}, at::kByte));
  const Frames frames = joined({shot(0, 40), fade_out(0, 20), noise, fade_in(1, 20), shot(1, 40)});
  EXPECT_THAT(cuts_of(frames), ElementsAre(64));
}

TEST(FadeCuts, FollowEachOtherBetweenTitles) {
  Frames frames = shot(0, 40);
  for (int scene = 1; scene < 4; ++scene) {
    frames =
        joined({frames, fade_out(scene - 1, 10), black(5), fade_in(scene, 10), shot(scene, 30)});
  }
  EXPECT_THAT(cuts_of(frames), ElementsAre(52, 107, 162));
}

}  // namespace
}  // namespace rollingdepth
