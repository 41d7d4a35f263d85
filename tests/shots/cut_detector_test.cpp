#include "shots/cut_detector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shots/drawn_frames.hpp"

namespace rollingdepth {
namespace {

using testing::drawn_frame;
using testing::drawn_shot;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::joined;
using testing::plain_frame;
using Frames = std::vector<at::Tensor>;

constexpr Rational kRate{25, 1};  // 0.6 s are 15 frames.

Cuts cuts_of(const Frames& frames, const CutOptions& options = {}, Rational rate = kRate) {
  const FrameSize size =
      frames.empty() ? FrameSize{160, 90} : FrameSize{frames[0].size(2), frames[0].size(1)};
  CutDetector detector(options, size, rate);
  for (const at::Tensor& frame : frames) detector.add(frame);
  return detector.finish();
}

// A few pixels a frame, back and forth: what a hand does.
Frames shaken_shot(int count) {
  Frames frames;
  for (int i = 0; i < count; ++i) {
    const double sway = 20 * std::sin(i * 0.05);
    frames.push_back(drawn_frame(1, sway + 4 * std::sin(i * 2.1), 3 * std::cos(i * 1.7)));
  }
  return frames;
}

TEST(CutDetector, CutsWhereAnotherPictureBegins) {
  EXPECT_THAT(cuts_of(joined({drawn_shot(0, 30), drawn_shot(1, 20), drawn_shot(2, 25)})),
              ElementsAre(30, 50));
}

TEST(CutDetector, FindsNoCutInALongTakeWithMotionAndShake) {
  EXPECT_THAT(cuts_of(shaken_shot(300)), IsEmpty());
}

TEST(CutDetector, FindsTheCutBetweenShakenShots) {
  Frames frames = shaken_shot(40);
  for (int i = 0; i < 40; ++i) {
    frames.push_back(drawn_frame(2, 4 * std::sin(i * 2.1), 3 * std::cos(i)));
  }
  EXPECT_THAT(cuts_of(frames), ElementsAre(40));
}

TEST(CutDetector, KeepsAShotAsLongAsAsked) {
  const Frames frames = joined({drawn_shot(0, 30), drawn_shot(1, 14), drawn_shot(2, 30)});
  EXPECT_THAT(cuts_of(frames), ElementsAre(30));
  EXPECT_THAT(cuts_of(frames, {.least_seconds = 0.56}), ElementsAre(30, 44));
  EXPECT_THAT(cuts_of(joined({drawn_shot(0, 14), drawn_shot(1, 30)})), IsEmpty());
}

// 18 frames of 30000/1001 a second last 0.6006 s.
TEST(CutDetector, CountsAShotInSecondsOfTheClip) {
  const Frames frames = joined({drawn_shot(0, 40), drawn_shot(1, 18), drawn_shot(2, 30)});
  EXPECT_THAT(cuts_of(frames, {}, {30000, 1001}), ElementsAre(40, 58));
  EXPECT_THAT(cuts_of(frames, {}, {31, 1}), ElementsAre(40));
}

TEST(CutDetector, TakesUnknownRatesForTwentyFive) {
  EXPECT_THAT(cuts_of(joined({drawn_shot(0, 15), drawn_shot(1, 15)}), {}, {0, 1}), ElementsAre(15));
}

TEST(CutDetector, TakesNoFlashOfOneOrTwoFramesForACut) {
  for (const int length : {1, 2}) {
    Frames frames = drawn_shot(0, 80);
    for (int i = 0; i < length; ++i) frames[static_cast<std::size_t>(40 + i)] = plain_frame(250);
    EXPECT_THAT(cuts_of(frames), IsEmpty()) << length;
    EXPECT_THAT(cuts_of(frames, {.flash_frames = length - 1}), ElementsAre(40)) << length;
  }
}

TEST(CutDetector, CutsWhereAFlashComesWithAnotherPicture) {
  Frames frames = joined({drawn_shot(0, 40), drawn_shot(1, 40)});
  frames[40] = plain_frame(250);
  EXPECT_THAT(cuts_of(frames), ElementsAre(40));
}

TEST(CutDetector, CutsOnceOnEachSideOfAStaticTitleCard) {
  at::Tensor card = plain_frame(16);
  card.slice(1, 40, 50).slice(2, 30, 130).fill_(235);
  const Frames title(40, card);
  EXPECT_THAT(cuts_of(title), IsEmpty());
  EXPECT_THAT(cuts_of(joined({title, drawn_shot(0, 40), title})), ElementsAre(40, 80));
}

TEST(CutDetector, FindsNoCutAtTheFirstOrLastFrames) {
  for (const int first : {1, 2, 3}) {
    EXPECT_THAT(cuts_of(joined({drawn_shot(0, first), drawn_shot(1, 40)})), IsEmpty()) << first;
    EXPECT_THAT(cuts_of(joined({drawn_shot(0, 40), drawn_shot(1, first)})), IsEmpty()) << first;
  }
}

TEST(CutDetector, FindsNothingInClipsOfFewFrames) {
  EXPECT_THAT(cuts_of({}), IsEmpty());
  for (const int count : {1, 2, 6, 7}) {
    EXPECT_THAT(cuts_of(drawn_shot(0, count)), IsEmpty()) << count;
  }
}

TEST(CutDetector, NeedsAsMuchChangeAsAsked) {
  const Frames frames = joined({Frames(30, plain_frame(100)), Frames(30, plain_frame(160))});
  // Value alone changes, by 60: a third of it counts.
  EXPECT_THAT(cuts_of(frames, {.least_content = 20}), ElementsAre(30));
  EXPECT_THAT(cuts_of(frames, {.least_content = 20.1}), IsEmpty());
}

TEST(CutDetector, ComparesWithAsManyNeighboursAsAsked) {
  // Two and three frames behind the cut the picture jumps too.
  Frames frames = joined({drawn_shot(0, 40), drawn_shot(1, 40)});
  frames[42] = drawn_frame(3);
  frames[43] = drawn_frame(4);
  CutOptions options{.flash_frames = 0};
  options.window = 1;
  EXPECT_THAT(cuts_of(frames, options), ElementsAre(40));
  options.window = 3;
  EXPECT_THAT(cuts_of(frames, options), IsEmpty());
}

TEST(CutDetector, SeesUprightAndVerySmallPictures) {
  for (const auto& [height, width] : {std::pair{1000, 400}, std::pair{1, 1}, std::pair{1, 3000}}) {
    const at::Tensor dark = at::full({3, height, width}, 40, at::kByte);
    const at::Tensor bright = at::full({3, height, width}, 200, at::kByte);
    EXPECT_THAT(cuts_of(joined({Frames(20, dark), Frames(20, bright)})), ElementsAre(20))
        << height << "x" << width;
  }
}

TEST(CutDetector, TakesFramesWhoseMemoryIsNotInOrder) {
  Frames frames = joined({drawn_shot(0, 20), drawn_shot(1, 20)});
  for (at::Tensor& frame : frames) frame = frame.transpose(1, 2).contiguous().transpose(1, 2);
  EXPECT_THAT(cuts_of(frames), ElementsAre(20));
}

}  // namespace
}  // namespace rollingdepth
