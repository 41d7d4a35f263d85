#include "tracks/depth_sampler.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"
#include "scene.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::Scene;

constexpr FrameSize kSquare{.width_px = 32, .height_px = 32};

TrackedPoint point_at(double x, double y) { return {.x_px = x, .y_px = y}; }

TrackedPoint box_at(double x, double y, double width, double height) {
  return {.x_px = x, .y_px = y, .width_px = width, .height_px = height};
}

/// Of a frame without colours, of the map's own size.
DepthSample sample_of(const at::Tensor& depth, const TrackedPoint& point,
                      const SamplingOptions& options = {.radius_px = 4},
                      DepthValues values = DepthValues::kRelativeInverse) {
  const FrameSize size{.width_px = depth.size(1), .height_px = depth.size(0)};
  DepthSampler sampler(size, size, values, options);
  sampler.begin_frame(depth.contiguous(), {});
  return sampler.sample(point);
}

/// 32 x 32: 1 left of column `edge`, 0.2 from there on.
at::Tensor step_at(std::int64_t edge) {
  at::Tensor depth = at::full({32, 32}, 0.2F);
  depth.slice(1, 0, edge).fill_(1);
  return depth;
}

TEST(DepthSampler, GivesTheDepthOfAFlatSurfaceExactly) {
  const DepthSample sample = sample_of(at::full({32, 32}, 0.3F), point_at(10.2, 20.7));
  EXPECT_TRUE(sample.valid);
  EXPECT_FALSE(sample.edge);
  EXPECT_EQ(sample.depth, 0.3F);
  EXPECT_EQ(sample.spread, 0);
}

// At every distance from the edge, near and far, to a tenth of a pixel: one of the two, never a
// number between them, and that of the point's own pixel.
TEST(DepthSampler, NeverAveragesAcrossAnEdge) {
  const at::Tensor depth = step_at(16);
  for (double x = 8; x < 24; x += 0.1) {
    const DepthSample sample = sample_of(depth, point_at(x, 16));
    EXPECT_EQ(sample.depth, x < 16 ? 1.F : 0.2F) << x;
    const double away = std::abs(x - 16);
    EXPECT_TRUE(sample.edge || away > 3) << x;
    EXPECT_FALSE(sample.edge && away > 4) << x;
    EXPECT_EQ(sample.spread, 0) << x;
  }
}

// Networks draw edges over some pixels: the median is still a value of the map, of one side.
TEST(DepthSampler, TakesOneSideOfABlurredEdge) {
  at::Tensor depth = step_at(15);
  depth.select(1, 15).fill_(0.73F);
  depth.select(1, 16).fill_(0.46F);
  EXPECT_EQ(sample_of(depth, point_at(13.5, 16)).depth, 1.F);
  EXPECT_EQ(sample_of(depth, point_at(18.5, 16)).depth, 0.2F);
}

// Three surfaces in one window: two cuts, and the point's own is left.
TEST(DepthSampler, KeepsTheOwnOfThreeSurfaces) {
  at::Tensor depth = step_at(14);
  depth.slice(1, 18, 32).fill_(0.6F);
  EXPECT_EQ(sample_of(depth, point_at(16, 16)).depth, 0.2F);
  EXPECT_EQ(sample_of(depth, point_at(13.2, 16)).depth, 1.F);
  EXPECT_EQ(sample_of(depth, point_at(18.6, 16)).depth, 0.6F);
}

// A slope of 3 % of the range a pixel: 24 % within the window, and no edge.
TEST(DepthSampler, TakesASlopeForNoEdge) {
  const at::Tensor depth = at::arange(32, at::kFloat).div(32).expand({32, 32}).contiguous();
  const DepthSample sample = sample_of(depth, point_at(16.5, 16.5));
  EXPECT_FALSE(sample.edge);
  EXPECT_EQ(sample.depth, 0.5F);
  EXPECT_GT(sample.spread, 0);
}

// A pixel far off is no surface.
TEST(DepthSampler, IsNotMovedByOneWrongPixel) {
  at::Tensor depth = step_at(4);
  depth[16][20] = 1;
  const DepthSample sample = sample_of(depth, point_at(20.5, 16.5));
  EXPECT_EQ(sample.depth, 0.2F);
  EXPECT_FALSE(sample.edge);
}

// The depth edge lies one pixel left of the colours': of the object's outermost column the depth is
// the background's. Its colour says to whom it belongs.
TEST(DepthSampler, PicksTheSideThatHasThePointsColor) {
  const at::Tensor depth = step_at(15);
  at::Tensor rgb = at::full({3, 32, 32}, 40, at::kByte);
  rgb.slice(2, 0, 16).fill_(220);
  DepthSampler sampler(kSquare, kSquare, DepthValues::kRelativeInverse, {.radius_px = 4});
  sampler.begin_frame(depth, {});
  EXPECT_EQ(sampler.sample(point_at(15.5, 16.5)).depth, 0.2F);
  sampler.begin_frame(depth, rgb);
  EXPECT_EQ(sampler.sample(point_at(15.5, 16.5)).depth, 1.F);
  EXPECT_EQ(sampler.sample(point_at(16.5, 16.5)).depth, 0.2F);
}

// Of depths that are too close for an edge the weighted median is of the point's own colour.
TEST(DepthSampler, WeighsByColorWhereThereIsNoEdge) {
  at::Tensor depth = step_at(4);
  depth.slice(1, 18, 32).fill_(0.22F);
  at::Tensor rgb = at::full({3, 32, 32}, 40, at::kByte);
  rgb.slice(2, 18, 32).fill_(220);
  DepthSampler sampler(kSquare, kSquare, DepthValues::kRelativeInverse, {.radius_px = 4});
  sampler.begin_frame(depth, rgb);
  EXPECT_FALSE(sampler.sample(point_at(18.5, 16.5)).edge);
  EXPECT_EQ(sampler.sample(point_at(18.5, 16.5)).depth, 0.22F);
  EXPECT_EQ(sampler.sample(point_at(17.5, 16.5)).depth, 0.2F);
}

// Inside the box's central half is the object; around it, still in the box, the background.
TEST(DepthSampler, TakesTheMedianOfTheCentralHalfOfABox) {
  at::Tensor depth = at::full({32, 32}, 0.2F);
  depth.slice(0, 12, 20).slice(1, 12, 20).fill_(0.9F);
  const DepthSample sample = sample_of(depth, box_at(16, 16, 16, 16));
  EXPECT_EQ(sample.depth, 0.9F);
  EXPECT_FALSE(sample.edge);
  // Moved by half of that: the object has 4 of its 8 columns and all rows, and the lower of two
  // values in the middle is the median.
  const DepthSample moved = sample_of(depth, box_at(20, 16, 16, 16));
  EXPECT_EQ(moved.depth, 0.2F);
  EXPECT_TRUE(moved.edge);
}

TEST(DepthSampler, TakesThePixelInTheMiddleOfABoxThatIsSmallerThanOne) {
  at::Tensor depth = at::full({32, 32}, 0.2F);
  depth[7][9] = 0.4F;
  EXPECT_EQ(sample_of(depth, box_at(9.4, 7.6, 0.3, 0.3)).depth, 0.4F);
}

TEST(DepthSampler, HasNoDepthOutsideThePictureOrWhereNothingIsFinite) {
  at::Tensor depth = at::full({32, 32}, 0.2F);
  EXPECT_FALSE(sample_of(depth, point_at(-0.1, 5)).valid);
  EXPECT_FALSE(sample_of(depth, box_at(-20, 5, 10, 10)).valid);
  EXPECT_TRUE(sample_of(depth, point_at(32, 32)).valid);
  depth.slice(1, 0, 20).fill_(std::numeric_limits<float>::quiet_NaN());
  const DepthSample none = sample_of(depth, point_at(8, 8));
  EXPECT_FALSE(none.valid);
  EXPECT_TRUE(std::isnan(none.depth));
  // What is finite near it counts.
  EXPECT_EQ(sample_of(depth, point_at(18, 8)).depth, 0.2F);
}

// 0 and below are no metres.
TEST(DepthSampler, LeavesOutMetresThatAreNotAboveZero) {
  at::Tensor depth = at::full({32, 32}, 5.F);
  depth.slice(1, 0, 16).fill_(0);
  EXPECT_EQ(sample_of(depth, point_at(15, 8), {.radius_px = 4}, DepthValues::kMetres).depth, 5.F);
  EXPECT_FALSE(sample_of(depth, point_at(8, 8), {.radius_px = 4}, DepthValues::kMetres).valid);
}

TEST(DepthSampler, HasARadiusOf4PixelsAtAWidthOf384) {
  const auto radius = [](std::int64_t width) {
    const FrameSize size{.width_px = width, .height_px = 10};
    return DepthSampler(size, size, DepthValues::kRelativeInverse, {}).radius_px();
  };
  EXPECT_DOUBLE_EQ(radius(384), 4);
  EXPECT_DOUBLE_EQ(radius(768), 8);
  EXPECT_DOUBLE_EQ(radius(10), 1);
}

// Maps of half the video's size.
TEST(DepthSampler, ReadsPositionsInPixelsOfTheVideo) {
  DepthSampler sampler(Scene::kVideo, Scene::kMap, DepthValues::kRelativeInverse, {.radius_px = 2});
  sampler.begin_frame(Scene::inverse_maps()[3].contiguous(), Scene::video()[3].contiguous());
  const double x = Scene::box_x(3);
  EXPECT_FLOAT_EQ(static_cast<float>(sampler.sample(point_at(x, Scene::box_y())).depth), 0.53F);
  // A pixel inside its edges, and one outside.
  for (const double inside : {x - 6.9, x + 6.9}) {
    EXPECT_FLOAT_EQ(static_cast<float>(sampler.sample(point_at(inside, 30)).depth), 0.53F)
        << inside;
  }
  for (const double outside : {x - 9.1, x + 9.1}) {
    EXPECT_LT(sampler.sample(point_at(outside, 30)).depth, 0.21) << outside;
  }
}

TEST(DepthSampler, RefusesARadiusOfNothing) {
  EXPECT_THAT(message_of(ErrorKind::kUsage, [] { SamplingOptions{.radius_px = 0.0}.validate(); }),
              HasSubstr("--radius: 0"));
  EXPECT_THAT(
      message_of(ErrorKind::kUsage, [] { SamplingOptions{.edge_threshold = -1}.validate(); }),
      HasSubstr("--edge-threshold: -1"));
}

}  // namespace
}  // namespace rollingdepth
