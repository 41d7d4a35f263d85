#include "measure/depth_edges.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <limits>
#include <utility>

#include "maps.hpp"

namespace rollingdepth {
namespace {

using testing::all_valid;

// 0 in the columns before `column`, 1 from there on. The gradient of the two columns at the step is
// (1 + 2 + 1) / 8 = 0.5, in the three rows that are not at the border.
at::Tensor step_at(std::int64_t column) {
  at::Tensor map = at::zeros({5, 12});
  map.slice(1, column) = 1;
  return map;
}

TEST(EdgeCounts, AStepIsAnEdgeOnBothOfItsSides) {
  const EdgeCounts counts = edge_counts(all_valid(step_at(4), step_at(4)), 0.49);
  EXPECT_EQ(counts.reference, 6);
  EXPECT_EQ(counts.candidate, 6);
  EXPECT_EQ(counts.reference_found, 6);
  EXPECT_EQ(counts.candidate_found, 6);
  EXPECT_EQ(counts.f1(), 1);
}

TEST(EdgeCounts, AnEdgeIsSteeperThanTheThreshold) {
  EXPECT_EQ(edge_counts(all_valid(step_at(4), step_at(4)), 0.5).reference, 0);
}

// 3 per column and 4 per row: 5 per pixel.
TEST(EdgeCounts, TheGradientHasTheLengthOfBothDirections) {
  const at::Tensor plane =
      3 * at::arange(7, at::kFloat) + 4 * at::arange(6, at::kFloat).view({6, 1});
  EXPECT_EQ(edge_counts(all_valid(plane, -plane), 4.99).reference, 4 * 5);
  EXPECT_EQ(edge_counts(all_valid(plane, -plane), 4.99).candidate, 4 * 5);
  EXPECT_EQ(edge_counts(all_valid(plane, plane), 5.01).reference, 0);
}

// The reference's edge is in columns 3 and 4. One column on, each pixel has one of the other's
// among its neighbours; two columns on, only columns 4 and 5 are neighbours; further away, none.
TEST(EdgeCounts, AnEdgeIsFoundOnePixelAway) {
  EXPECT_EQ(edge_counts(all_valid(step_at(4), step_at(5)), 0.1).f1(), 1);
  const EdgeCounts two_apart = edge_counts(all_valid(step_at(4), step_at(6)), 0.1);
  EXPECT_EQ(two_apart.reference_found, 3);
  EXPECT_EQ(two_apart.candidate_found, 3);
  EXPECT_EQ(two_apart.f1(), 0.5);
  EXPECT_EQ(edge_counts(all_valid(step_at(4), step_at(7)), 0.1).f1(), 0);
}

// A second step in the candidate: half of its edge pixels are right, and all of the reference's are
// found. 2 * 0.5 * 1 / 1.5.
TEST(EdgeCounts, F1IsTheHarmonicMeanOfPrecisionAndRecall) {
  const EdgeCounts counts = edge_counts(all_valid(step_at(4), step_at(4) + step_at(9)), 0.1);
  EXPECT_EQ(counts.candidate, 12);
  EXPECT_EQ(counts.candidate_found, 6);
  EXPECT_DOUBLE_EQ(counts.f1(), 2.0 / 3);
}

TEST(EdgeCounts, F1IsOneWithoutEdgesAndZeroWhereOneMapHasNone) {
  const at::Tensor flat = at::ones({5, 12});
  EXPECT_EQ(edge_counts(all_valid(flat, flat), 0.1).f1(), 1);
  EXPECT_EQ(edge_counts(all_valid(step_at(4), flat), 0.1).f1(), 0);
  EXPECT_EQ(edge_counts(all_valid(flat, step_at(4)), 0.1).f1(), 0);
}

// Rows 1 to 3 count. Without (4, 3), row 3 loses columns 2 to 4, of which 3 and 4 are edges.
TEST(EdgeCounts, PixelsBesideOneThatIsNotValidDoNotCount) {
  MapPair maps = all_valid(step_at(4), step_at(4));
  maps.candidate[4][3] = std::numeric_limits<float>::quiet_NaN();
  maps.valid[4][3] = false;
  const EdgeCounts counts = edge_counts(maps, 0.1);
  EXPECT_EQ(counts.reference, 4);
  EXPECT_EQ(counts.candidate, 4);
  maps.valid.fill_(false);
  EXPECT_EQ(edge_counts(maps, 0.1).reference, 0);
}

TEST(EdgeCounts, AMapWithoutSurroundingsHasNoEdges) {
  for (const auto& [height, width] : {std::pair{2, 9}, {9, 2}, {1, 1}, {0, 5}}) {
    const at::Tensor map = at::rand({height, width});
    EXPECT_EQ(edge_counts(all_valid(map, map), 0).reference, 0);
  }
}

TEST(EdgeCounts, AddUp) {
  EdgeCounts counts{
      .pixels = 0, .reference = 1, .candidate = 2, .reference_found = 0, .candidate_found = 1};
  counts.add({.reference = 10, .candidate = 20, .reference_found = 9, .candidate_found = 18});
  EXPECT_EQ(counts.reference, 11);
  EXPECT_EQ(counts.candidate, 22);
  EXPECT_EQ(counts.reference_found, 9);
  EXPECT_EQ(counts.candidate_found, 19);
}

}  // namespace
}  // namespace rollingdepth
