#include "measure/temporal.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "error_matchers.hpp"
#include "maps.hpp"

namespace rollingdepth {
namespace {

using testing::all_valid;
using ::testing::HasSubstr;
using testing::map_of;
using testing::message_of;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Every pixel was at (x + across, y + down).
BackwardFlow uniform_flow(const at::Tensor& map, float across, float down) {
  return {at::stack({at::full_like(map, across), at::full_like(map, down)}),
          at::ones_like(map, at::kBool)};
}

// The candidate changes by 1, 0, 2, 3, the reference by 0, 0, 1, 1.
TEST(ChangeBetween, SumsTheChangesOfEachMap) {
  const MapPair before = all_valid(map_of(2, {1, 2, 3, 4}), map_of(2, {1, 1, 5, 5}));
  const MapPair now = all_valid(map_of(2, {1, 2, 4, 3}), map_of(2, {0, 1, 7, 2}));
  const ChangeSums sums = change_between(before, now);
  EXPECT_EQ(sums.pixels, 4);
  EXPECT_EQ(sums.candidate, 6);
  EXPECT_EQ(sums.reference, 2);
}

TEST(ChangeBetween, CountsPixelsThatAreValidInBothFrames) {
  MapPair before = all_valid(map_of(4, {1, kNan, 3, 4}), map_of(4, {1, 2, 3, 4}));
  MapPair now = all_valid(map_of(4, {2, 2, 3, 4}), map_of(4, {4, 2, kNan, 4}));
  before.valid[0][1] = false;
  now.valid[0][2] = false;
  const ChangeSums sums = change_between(before, now);
  EXPECT_EQ(sums.pixels, 2);
  EXPECT_EQ(sums.candidate, 3);
  EXPECT_EQ(sums.reference, 1);
}

// Everything moves one pixel to the right; the candidate grows by 1 on the way. Of the first column
// nothing is known.
TEST(ChangeAlongFlow, ComparesWithWhereThePixelWas) {
  const at::Tensor before = map_of(4, {0, 1, 4, 9, 16, 25, 36, 49});
  const at::Tensor now = map_of(4, {7, 0, 1, 4, 7, 16, 25, 36});
  const ChangeSums sums = change_along_flow(all_valid(before, before), all_valid(now, now + 1),
                                            uniform_flow(now, -1, 0));
  EXPECT_EQ(sums.pixels, 6);
  EXPECT_EQ(sums.reference, 0);
  EXPECT_EQ(sums.candidate, 6);
}

TEST(ChangeAlongFlow, FollowsTheFlowDownAsWell) {
  const at::Tensor before = map_of(2, {0, 1, 4, 9, 16, 25});
  const at::Tensor now = map_of(2, {4, 9, 16, 25, 7, 7});
  const ChangeSums sums =
      change_along_flow(all_valid(before, before), all_valid(now, now), uniform_flow(now, 0, 1));
  EXPECT_EQ(sums.pixels, 4);
  EXPECT_EQ(sums.reference, 0);
}

// At (0.25, 0.5): 0.25 between 0 and 1, 3.25 between 2 and 7, 1.75 in their middle. The other
// pixels were outside.
TEST(ChangeAlongFlow, InterpolatesBetweenFourPixels) {
  const at::Tensor before = map_of(2, {0, 1, 2, 7});
  const ChangeSums sums =
      change_along_flow(all_valid(before, -before), all_valid(at::zeros({2, 2}), at::zeros({2, 2})),
                        uniform_flow(before, 0.25, 0.5));
  EXPECT_EQ(sums.pixels, 1);
  EXPECT_EQ(sums.reference, 1.75);
  EXPECT_EQ(sums.candidate, 1.75);
}

// Half a pixel to the left of columns 1 to 3; (1) and (2) touch the invalid column 1.
TEST(ChangeAlongFlow, DoesNotCountPixelsThatComeFromOneThatIsNotValid) {
  MapPair before = all_valid(map_of(4, {1, kNan, 5, 6}), map_of(4, {1, 2, 3, 4}));
  before.valid[0][1] = false;
  const MapPair now = all_valid(at::zeros({1, 4}), at::zeros({1, 4}));
  const ChangeSums sums = change_along_flow(before, now, uniform_flow(now.reference, -0.5, 0));
  EXPECT_EQ(sums.pixels, 1);
  EXPECT_EQ(sums.reference, 5.5);
  // On a pixel its neighbours do not matter: only column 2 came from the invalid one.
  const ChangeSums whole = change_along_flow(before, now, uniform_flow(now.reference, -1, 0));
  EXPECT_EQ(whole.pixels, 2);
  EXPECT_EQ(whole.reference, 1 + 5);
}

TEST(ChangeAlongFlow, DoesNotCountHiddenInvalidOrUnknownPixels) {
  const MapPair before = all_valid(at::zeros({1, 5}), at::zeros({1, 5}));
  MapPair now = all_valid(map_of(5, {1, kNan, 4, 8, 16}), at::zeros({1, 5}));
  now.valid[0][1] = false;
  BackwardFlow flow = uniform_flow(now.reference, 0, 0);
  flow.visible[0][2] = false;
  flow.offset[1][0][3] = kNan;
  const ChangeSums sums = change_along_flow(before, now, flow);
  EXPECT_EQ(sums.pixels, 2);
  EXPECT_EQ(sums.reference, 17);
}

TEST(ChangeAlongFlow, RefusesWhatDoesNotFit) {
  const MapPair maps = all_valid(at::zeros({2, 3}), at::zeros({2, 3}));
  const MapPair others = all_valid(at::zeros({3, 2}), at::zeros({3, 2}));
  EXPECT_THAT(message_of(ErrorKind::kFailed, [&] { change_between(others, maps); }),
              HasSubstr("different sizes"));
  EXPECT_THAT(message_of(ErrorKind::kFailed, [&] { change_along_flow(maps, maps, {}); }),
              HasSubstr("cannot follow the flow"));
  EXPECT_THAT(
      message_of(ErrorKind::kFailed,
                 [&] { change_along_flow(maps, maps, uniform_flow(others.reference, 0, 0)); }),
      HasSubstr("cannot follow the flow"));
}

TEST(ChangeSums, GiveMeansOverThePixelsOfAllFrames) {
  ChangeSums sums{.pixels = 3, .candidate = 6, .reference = 2};
  sums.add({.pixels = 5, .candidate = 2, .reference = 10});
  MetricValues values;
  fill_temporal_metrics(sums, values);
  fill_flow_metrics({.pixels = 2, .candidate = 3, .reference = 4}, values);
  EXPECT_EQ(values[Metric::kTemporalChange], 1);
  EXPECT_EQ(values[Metric::kReferenceTemporalChange], 1.5);
  EXPECT_EQ(values[Metric::kTemporalDifference], -0.5);
  EXPECT_EQ(values[Metric::kFlowWarpError], 1.5);
  EXPECT_EQ(values[Metric::kReferenceFlowWarpError], 2);
}

TEST(ChangeSums, GiveNothingWithoutPixels) {
  MetricValues values;
  fill_temporal_metrics({}, values);
  fill_flow_metrics({}, values);
  for (const MetricInfo& info : metric_table()) {
    EXPECT_TRUE(std::isnan(values[info.metric])) << info.name;
  }
}

}  // namespace
}  // namespace rollingdepth
