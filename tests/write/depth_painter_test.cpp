#include "write/depth_painter.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "write/colormap.hpp"

namespace rollingdepth {
namespace {

at::Tensor painted(const at::Tensor& depth, DepthValues values) {
  DepthPainter painter("Greys_r");
  DepthClipInfo info;
  info.min = depth.min().item<float>();
  info.max = depth.max().item<float>();
  info.values = values;
  painter.begin(info);
  return painter.paint(depth).select(2, 0).to(at::kInt);
}

// White is near with Greys_r.
TEST(DepthPainter, PaintsNearAlikeForInverseDepthAndMetres) {
  const at::Tensor metres = at::tensor({1.F, 2.F, 4.F, 10.F}).view({1, 4});
  const at::Tensor inverse = metres.reciprocal();
  const at::Tensor colours = painted(inverse, DepthValues::kRelativeInverse);
  EXPECT_TRUE(at::equal(painted(metres, DepthValues::kMetres), colours));
  EXPECT_EQ(colours[0][0].item<int>(), 255);
  EXPECT_EQ(colours[0][3].item<int>(), 0);
}

// A pixel at no distance would leave all others black.
TEST(DepthPainter, DoesNotLetOnePixelDecide) {
  const at::Tensor metres = at::tensor({0.F, 0.1F, 1.F, 10.F}).view({1, 4});
  const at::Tensor colours = painted(metres, DepthValues::kMetres);
  EXPECT_EQ(colours[0][0].item<int>(), 255);
  EXPECT_EQ(colours[0][1].item<int>(), 255);
  EXPECT_GT(colours[0][2].item<int>(), 10);
}

TEST(DepthPainter, TakesAFlatClip) {
  EXPECT_EQ(painted(at::zeros({1, 2}), DepthValues::kMetres).max().item<int>(), 0);
}

}  // namespace
}  // namespace rollingdepth
