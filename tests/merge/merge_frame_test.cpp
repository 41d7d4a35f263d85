#include "merge/merge_frame.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "align/recorded.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::FieldsAre;
using testing::plan_of;

// Spacing 1: snippets 0 1 and 1 2. Spacing 2: snippet 0 2.
TEST(CoveringMaps, ListEveryPlaceOfAFrameByEntryThenSnippet) {
  const std::vector<SnippetPlan> plans = {plan_of(3, 2, 1), plan_of(3, 2, 2)};
  EXPECT_THAT(covering_maps(plans, 0), ElementsAre(FieldsAre(0, 0, 0), FieldsAre(1, 0, 0)));
  EXPECT_THAT(covering_maps(plans, 1), ElementsAre(FieldsAre(0, 0, 1), FieldsAre(0, 1, 0)));
  EXPECT_THAT(covering_maps(plans, 2), ElementsAre(FieldsAre(0, 1, 1), FieldsAre(1, 0, 1)));
}

TEST(CoveringMaps, LeaveFramesEmptyThatNoSnippetHolds) {
  const std::vector<SnippetPlan> plans = {plan_of(5, 2, 4)};
  EXPECT_EQ(covering_maps(plans, 0).size(), 1u);
  EXPECT_TRUE(covering_maps(plans, 2).empty());
  EXPECT_EQ(covering_maps(plans, 4).size(), 1u);
}

TEST(CoveringMaps, RefuseAFrameThatIsNotInEveryClip) {
  EXPECT_THROW(covering_maps({plan_of(4, 2, 1), plan_of(3, 2, 1)}, 3), Error);
  EXPECT_THROW(covering_maps({plan_of(4, 2, 1)}, -1), Error);
}

/// Snippets of one map each, all with scale 1 and shift 0; `weights` one per snippet.
std::vector<SnippetAffine> plain_affines(const std::vector<float>& weights) {
  const auto count = static_cast<std::int64_t>(weights.size());
  return {{at::ones({count}), at::zeros({count}), at::tensor(weights).view({count, 1})}};
}

/// The merge of one pixel that `values` say something about.
float merge_values(const std::vector<float>& values, const std::vector<float>& weights,
                   MergeMethod method, double noise = 0) {
  std::vector<CoveringMap> maps;
  for (std::size_t k = 0; k < values.size(); ++k) {
    maps.push_back({0, static_cast<std::int64_t>(k), 0});
  }
  const MergeOptions options{.method = method, .minimum = 0, .noise = noise};
  const auto read_map = [&](const CoveringMap& map) {
    return at::full({1, 1}, values[static_cast<std::size_t>(map.snippet)]);
  };
  return merge_frame(maps, plain_affines(weights), options, read_map).item<float>();
}

// Entry 0 gives 2 * (3 - 1) + 0.5 = 4.5, entry 1 gives 1 * (2 - 1) + 0 = 1 and 5: mean 2.75, 4.75.
TEST(MergeFrame, AveragesTheAlignedMaps) {
  const std::vector<SnippetAffine> affines = {
      {at::tensor({9.0f, 2.0f}), at::tensor({9.0f, 0.5f}), at::ones({2, 1})},
      {at::tensor({1.0f}), at::tensor({0.0f}), at::ones({1, 3})}};
  const auto read_map = [](const CoveringMap& map) {
    return map.entry == 0 ? at::full({1, 2}, 3.0f) : at::tensor({2.0f, 6.0f}).view({1, 2});
  };
  const MergeOptions options{.method = MergeMethod::kMean, .minimum = 1, .noise = 0};
  const at::Tensor merged = merge_frame({{0, 1, 0}, {1, 0, 2}}, affines, options, read_map);
  EXPECT_TRUE(at::equal(merged, at::tensor({2.75f, 4.75f}).view({1, 2})));
}

TEST(MergeFrame, TakesTheMedian) {
  EXPECT_EQ(merge_values({5, 1, 2}, {1, 1, 1}, MergeMethod::kMedian), 2);
  EXPECT_EQ(merge_values({5, 1, 2, 4}, {1, 1, 1, 1}, MergeMethod::kMedian), 3);
  EXPECT_EQ(merge_values({7}, {1}, MergeMethod::kMedian), 7);
}

// The median is 1; 100 widths away weighs nothing, the rest almost fully: mean of 0.99, 1, 1.01.
TEST(MergeFrame, WeighsDownWhatLiesFarFromTheMedian) {
  const std::vector<float> values = {0.99f, 6, 1, 1.01f, 1};
  EXPECT_NEAR(merge_values(values, {1, 1, 1, 1, 1}, MergeMethod::kWeighted, 0.01), 1, 1e-4);
  EXPECT_NEAR(merge_values(values, {1, 1, 1, 1, 1}, MergeMethod::kMean), 2, 1e-6);
}

// At r = 5 noise the weight is 1/4. Median 0; first round (1/4 * 5) / (1 + 1 + 1/4) = 0.5556; about
// that the residuals are -0.5556 (twice) and 4.4444, the weights 0.9758 and 0.3121: 0.1337 further.
TEST(MergeFrame, TakesTwoRoundsOfWeights) {
  EXPECT_NEAR(merge_values({0, 0, 5}, {1, 1, 1}, MergeMethod::kWeighted, 1), 0.68930, 1e-4);
}

// Without outliers it is the mean, not the median: (0 + 1 + 4) / 3 against 1, in units of noise.
TEST(MergeFrame, WeightsAreNearlyEqualWithinTheNoise) {
  EXPECT_NEAR(merge_values({0, 0.001f, 0.004f}, {1, 1, 1}, MergeMethod::kWeighted, 0.01), 0.00167,
              2e-4);
}

// Far within the noise the distances do not matter, so the snippets' own weights decide: 3 to 1.
TEST(MergeFrame, FollowsTheSnippetsOwnWeights) {
  EXPECT_NEAR(merge_values({0, 1e-3f}, {0.75f, 0.25f}, MergeMethod::kWeighted, 1), 0.25e-3, 1e-6);
}

TEST(MergeFrame, LeavesOutMapsOfWeightZero) {
  for (const MergeMethod method :
       {MergeMethod::kMean, MergeMethod::kMedian, MergeMethod::kWeighted}) {
    EXPECT_EQ(merge_values({3, 50, 3}, {1, 0, 1}, method, 0.1), 3) << to_string(method);
  }
}

TEST(MergeFrame, LeavesOutValuesThatAreNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  for (const MergeMethod method :
       {MergeMethod::kMean, MergeMethod::kMedian, MergeMethod::kWeighted}) {
    EXPECT_EQ(merge_values({nan, 2, inf, 2}, {1, 1, 1, 1}, method, 0.1), 2) << to_string(method);
    EXPECT_TRUE(std::isnan(merge_values({nan, nan}, {1, 1}, method, 0.1))) << to_string(method);
  }
}

// 300 x 7 pixels cross the borders of the blocks that are merged at a time.
TEST(MergeFrame, MergesEveryPixelOfALargeMap) {
  const at::Tensor map = at::arange(2100, at::kFloat).view({300, 7});
  const auto read_map = [&map](const CoveringMap& at) {
    return map + static_cast<double>(at.snippet);
  };
  for (const MergeMethod method :
       {MergeMethod::kMean, MergeMethod::kMedian, MergeMethod::kWeighted}) {
    const MergeOptions options{.method = method, .minimum = 0, .noise = 10};
    const at::Tensor merged =
        merge_frame({{0, 0, 0}, {0, 1, 0}, {0, 2, 0}}, plain_affines({1, 1, 1}), options, read_map);
    EXPECT_LT((merged - map - 1).abs().max().item<float>(), 1e-3) << to_string(method);
  }
}

TEST(MergeFrame, LeavesTheMapsThatItReadsAlone) {
  const at::Tensor map = at::full({2, 2}, 3.0f);
  merge_frame({{0, 0, 0}}, plain_affines({1}), {}, [&map](const CoveringMap&) { return map; });
  EXPECT_TRUE(at::equal(map, at::full({2, 2}, 3.0f)));
}

TEST(MergeFrame, RefusesFramesWithoutMapsAndMapsOfDifferentSizes) {
  const auto affines = plain_affines({1, 1});
  const auto read_map = [](const CoveringMap& map) { return at::zeros({1 + map.snippet, 4}); };
  EXPECT_THROW(merge_frame({}, affines, {}, read_map), Error);
  EXPECT_THROW(merge_frame({{0, 0, 0}, {0, 1, 0}}, affines, {}, read_map), Error);
  EXPECT_THROW(merge_frame({{0, 0, 0}}, plain_affines({0, 1}), {}, read_map), Error);
}

TEST(MergeMethod, IsReadByName) {
  for (const std::string& name : merge_method_names()) {
    EXPECT_EQ(to_string(parse_merge_method(name)), name);
  }
  EXPECT_THROW(parse_merge_method("avrage"), Error);
}

TEST(Normalize, MapsTheRangeOfTheClipToMinusOneToOne) {
  at::Tensor depth = at::tensor({2.0f, 3.0f, 6.0f});
  normalize_(depth, 2.0f, 6.0f);
  EXPECT_TRUE(at::equal(depth, at::tensor({-1.0f, -0.5f, 1.0f})));
}

TEST(Normalize, LeavesWhatIsNotANumber) {
  at::Tensor depth = at::tensor({7.0f, std::numeric_limits<float>::quiet_NaN()});
  normalize_(depth, 7.0f, 7.0f);
  EXPECT_EQ(depth[0].item<float>(), -1);
  EXPECT_TRUE(std::isnan(depth[1].item<float>()));
}

TEST(Normalize, GivesMinusOneForAFlatClip) {
  at::Tensor depth = at::full({2, 2}, 7.0f);
  normalize_(depth, 7.0f, 7.0f);
  EXPECT_TRUE(at::equal(depth, at::full({2, 2}, -1.0f)));
}

}  // namespace
}  // namespace rollingdepth
