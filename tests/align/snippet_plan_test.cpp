#include "align/snippet_plan.hpp"

#include <gmock/gmock.h>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The frames of every snippet.
std::vector<std::vector<std::int64_t>> rows_of(const SnippetPlan& plan) {
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(plan.size()));
  for (std::int64_t k = 0; k < plan.size(); ++k) {
    for (std::int64_t j = 0; j < plan.length; ++j) {
      rows[static_cast<std::size_t>(k)].push_back(plan.frame(k, j));
    }
  }
  return rows;
}

// The frames that no snippet holds.
std::vector<std::int64_t> uncovered(const SnippetPlan& plan) {
  std::vector<std::int64_t> frames;
  for (std::int64_t frame = 0; frame < plan.frames; ++frame) {
    if (covering_maps({plan}, frame).empty()) frames.push_back(frame);
  }
  return frames;
}

// 10 frames, 3 per snippet, 4 apart: a snippet spans 9 frames, so two starts fit.
TEST(SnippetPlan, SpacesFramesByDilationAndStopsAtLastFrame) {
  const SnippetPlan plan = plan_snippets({.frames = 10, .length = 3, .dilation = 4});
  EXPECT_THAT(rows_of(plan), ElementsAre(ElementsAre(0, 4, 8), ElementsAre(1, 5, 9)));
  EXPECT_THAT(uncovered(plan), ElementsAre(2, 3, 6, 7));
}

TEST(SnippetPlan, CoversEveryFrameWithDilationOne) {
  const SnippetPlan plan = plan_snippets({.frames = 4, .length = 3, .dilation = 1});
  EXPECT_THAT(rows_of(plan), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(1, 2, 3)));
  EXPECT_THAT(uncovered(plan), IsEmpty());
}

TEST(SnippetPlan, HasNoRowsWhereTheSpacingDoesNotFit) {
  EXPECT_EQ(plan_snippets({.frames = 6, .length = 3, .dilation = 3}).size(), 0);
  EXPECT_EQ(plan_snippets({.frames = 7, .length = 3, .dilation = 3}).size(), 1);
  EXPECT_EQ(plan_snippets({.frames = kMaxFrames, .length = 4, .dilation = kMaxFrames}).size(), 0);
}

TEST(SnippetPlan, TakesAClipOfOneFrame) {
  EXPECT_THAT(rows_of(plan_snippets({.frames = 1, .length = 1, .dilation = 1})),
              ElementsAre(ElementsAre(0)));
}

// Written out it would be a list of three billion numbers.
TEST(SnippetPlan, OfTheLongestClipIsAFewNumbers) {
  const SnippetPlan plan = plan_snippets({.frames = kMaxFrames, .length = 3, .dilation = 25});
  static_assert(sizeof(plan) == 3 * sizeof(std::int64_t));
  EXPECT_EQ(plan.size(), kMaxFrames - 50);
  EXPECT_EQ(plan.frame(plan.size() - 1, 2), kMaxFrames - 1);
  EXPECT_THAT(covering_maps({plan}, kMaxFrames / 2), SizeIs(3));
  EXPECT_THAT(covering_maps({plan}, kMaxFrames - 1), SizeIs(1));
}

TEST(SnippetPlan, RefusesSnippetsLongerThanTheClip) {
  EXPECT_THROW(plan_snippets({.frames = 2, .length = 3, .dilation = 1}), Error);
  EXPECT_THROW(plan_snippets({.frames = 5, .length = 3, .dilation = 0}), Error);
  EXPECT_THROW(plan_snippets({.frames = 0, .length = 0, .dilation = 1}), Error);
}

TEST(CapDilation, LeavesRoomForASecondStart) {
  EXPECT_EQ(cap_dilation(25, 40, 3), 12);
  EXPECT_EQ(cap_dilation(25, 30, 3), 9);
  EXPECT_EQ(cap_dilation(10, 30, 3), 9);
  EXPECT_EQ(cap_dilation(10, 100, 3), 10);
  EXPECT_EQ(cap_dilation(25, 3, 3), 1);
}

// int((1 - 8/10) * 5) + 1 is 1 in double precision, where exact arithmetic gives 2.
TEST(RefinementDilation, RoundsAsTheOriginalDoes) {
  std::vector<std::int64_t> spacings;
  for (std::int64_t i = 0; i < 10; ++i) spacings.push_back(refinement_dilation(i, 10, 6));
  EXPECT_THAT(spacings, ElementsAre(6, 5, 5, 4, 4, 3, 3, 2, 1, 1));
}

}  // namespace
}  // namespace rollingdepth
