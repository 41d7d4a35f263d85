#include "rollingdepth/align/merge.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorded.hpp"
#include "rollingdepth/base/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::FieldsAre;
using testing::plan_of;

// Spacing 1: snippets 0 1 and 1 2. Spacing 2: snippet 0 2.
TEST(CoveringMaps, ListEveryPlaceOfAFrameByEntryThenSnippet) {
  const auto covering = covering_maps({plan_of(3, 2, 1), plan_of(3, 2, 2)}, 3);
  EXPECT_THAT(covering, ElementsAre(ElementsAre(FieldsAre(0, 0, 0), FieldsAre(1, 0, 0)),
                                    ElementsAre(FieldsAre(0, 0, 1), FieldsAre(0, 1, 0)),
                                    ElementsAre(FieldsAre(0, 1, 1), FieldsAre(1, 0, 1))));
}

TEST(CoveringMaps, LeaveFramesEmptyThatNoSnippetHolds) {
  const auto covering = covering_maps({plan_of(5, 2, 4)}, 5);
  EXPECT_EQ(covering[0].size(), 1u);
  EXPECT_TRUE(covering[2].empty());
  EXPECT_EQ(covering[4].size(), 1u);
}

TEST(CoveringMaps, RefuseAPlanOfALongerClip) {
  EXPECT_THROW(covering_maps({plan_of(4, 2, 1)}, 3), Error);
}

// Entry 0 gives 2 * (3 - 1) + 0.5 = 4.5, entry 1 gives 1 * (2 - 1) + 0 = 1 and 5: mean 2.75, 4.75.
TEST(MergeFrame, AveragesTheAlignedMaps) {
  const std::vector<SnippetAffine> affines = {{at::tensor({9.0f, 2.0f}), at::tensor({9.0f, 0.5f})},
                                              {at::tensor({1.0f}), at::tensor({0.0f})}};
  const auto read_map = [](const CoveringMap& map) {
    return map.entry == 0 ? at::full({1, 2}, 3.0f) : at::tensor({2.0f, 6.0f}).view({1, 2});
  };
  const at::Tensor merged = merge_frame({{0, 1, 0}, {1, 0, 2}}, affines, 1.0f, read_map);
  EXPECT_TRUE(at::equal(merged, at::tensor({2.75f, 4.75f}).view({1, 2})));
}

TEST(MergeFrame, LeavesTheMapsThatItReadsAlone) {
  const at::Tensor map = at::full({2, 2}, 3.0f);
  const std::vector<SnippetAffine> affines = {{at::tensor({2.0f}), at::tensor({1.0f})}};
  merge_frame({{0, 0, 0}}, affines, 0.0f, [&map](const CoveringMap&) { return map; });
  EXPECT_TRUE(at::equal(map, at::full({2, 2}, 3.0f)));
}

TEST(MergeFrame, RefusesFramesWithoutMapsAndMapsOfDifferentSizes) {
  const std::vector<SnippetAffine> affines = {{at::ones({2}), at::zeros({2})}};
  const auto read_map = [](const CoveringMap& map) { return at::zeros({1 + map.snippet, 4}); };
  EXPECT_THROW(merge_frame({}, affines, 0, read_map), Error);
  EXPECT_THROW(merge_frame({{0, 0, 0}, {0, 1, 0}}, affines, 0, read_map), Error);
}

TEST(Normalize, MapsTheRangeOfTheClipToMinusOneToOne) {
  at::Tensor depth = at::tensor({2.0f, 3.0f, 6.0f});
  normalize_(depth, 2.0f, 6.0f);
  EXPECT_TRUE(at::equal(depth, at::tensor({-1.0f, -0.5f, 1.0f})));
}

TEST(Normalize, GivesMinusOneForAFlatClip) {
  at::Tensor depth = at::full({2, 2}, 7.0f);
  normalize_(depth, 7.0f, 7.0f);
  EXPECT_TRUE(at::equal(depth, at::full({2, 2}, -1.0f)));
}

}  // namespace
}  // namespace rollingdepth
