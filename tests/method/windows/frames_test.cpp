#include "method/windows/frames.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>

namespace rollingdepth {
namespace {

struct SizeCase {
  FrameSize input;
  std::int64_t res_px;
  FrameSize network;
};

// Computed by the original. 432x240 is reduced for its ratio: 518 becomes 511, 36.5 cells, 36.
TEST(NetworkSize, IsThatOfTheOriginal) {
  const auto cases = std::to_array<SizeCase>({
      {{1920, 1080}, 518, {924, 518}}, {{1920, 1080}, 280, {504, 280}},
      {{1920, 1080}, 126, {224, 126}}, {{640, 480}, 518, {686, 518}},
      {{640, 480}, 280, {378, 280}},   {{640, 480}, 126, {168, 126}},
      {{1920, 817}, 518, {924, 392}},  {{1920, 817}, 280, {490, 210}},
      {{1920, 817}, 126, {224, 98}},   {{1242, 375}, 518, {924, 280}},
      {{1242, 375}, 280, {504, 154}},  {{1242, 375}, 126, {238, 70}},
      {{432, 240}, 518, {910, 504}},   {{432, 240}, 280, {504, 280}},
      {{432, 240}, 126, {224, 126}},   {{1080, 1920}, 518, {518, 924}},
      {{1080, 1920}, 280, {280, 504}}, {{500, 500}, 518, {518, 518}},
      {{3840, 2160}, 518, {924, 518}}, {{100, 54}, 518, {938, 504}},
      {{100, 54}, 280, {490, 266}},    {{100, 54}, 126, {238, 126}},
      {{2048, 858}, 518, {938, 392}},  {{2048, 858}, 280, {504, 210}},
      {{2048, 858}, 126, {238, 98}},   {{720, 576}, 518, {644, 518}},
      {{1280, 544}, 518, {924, 392}},  {{96, 54}, 126, {224, 126}},
  });
  for (const SizeCase& known : cases) {
    const FrameSize size = network_size(known.input, known.res_px);
    EXPECT_EQ(size.width_px, known.network.width_px) << known.input.width_px << " " << known.res_px;
    EXPECT_EQ(size.height_px, known.network.height_px) << known.input.height_px;
  }
}

TEST(NetworkSize, RoundsAShortSideUpThatNoMultipleIsNear) {
  EXPECT_EQ(network_size({640, 480}, 491).height_px, 504);  // 490 would be less than asked for.
  EXPECT_EQ(network_size({640, 480}, 500).height_px, 504);
}

TEST(NetworkSize, KeepsTheInputsSideWhereNothingIsAskedFor) {
  EXPECT_EQ(network_size({280, 280}, 0), (FrameSize{280, 280}));
  EXPECT_EQ(network_size({100, 75}, 0), (FrameSize{98, 84}));
}

// The original divides by such a picture's ratio until nothing is left.
TEST(NetworkSize, IsAtLeastACellForAnyRibbonOfPixels) {
  EXPECT_EQ(network_size({2000, 8}, 518).height_px, kPatchPx);
  EXPECT_EQ(network_size({1, 1}, 8), (FrameSize{kPatchPx, kPatchPx}));
}

TEST(PreparedFrame, OfFlatColourIsNormalised) {
  const at::Tensor white = at::full({3, 20, 30}, 255, at::kByte);
  const at::Tensor prepared = prepare_frame(white, {28, 14});
  EXPECT_EQ(prepared.sizes(), (std::vector<std::int64_t>{3, 14, 28}));
  EXPECT_NEAR(prepared[0][3][3].item<float>(), (1 - 0.485) / 0.229, 1e-5);
  EXPECT_NEAR(prepared[2][3][3].item<float>(), (1 - 0.406) / 0.225, 1e-5);
}

// Cubics overshoot at an edge; neither side of 0 to 1 is cut off.
TEST(PreparedFrame, KeepsWhatOvershoots) {
  at::Tensor edge = at::zeros({3, 16, 16}, at::kByte);
  edge.slice(2, 8) = 255;
  const at::Tensor prepared = prepare_frame(edge, {56, 56});
  EXPECT_GT(prepared[0].max().item<float>(), (1 - 0.485) / 0.229 + 0.05);
  EXPECT_LT(prepared[0].min().item<float>(), (0 - 0.485) / 0.229 - 0.05);
}

TEST(ResizedDepth, PutsCornersOnCorners) {
  const at::Tensor map = at::tensor({0.F, 1.F, 2.F, 3.F}).view({1, 2, 2});
  const at::Tensor resized = resize_depth(map, {3, 3});
  EXPECT_TRUE(at::equal(resized[0],
                        at::tensor({0.F, 0.5F, 1.F, 1.F, 1.5F, 2.F, 2.F, 2.5F, 3.F}).view({3, 3})));
  EXPECT_TRUE(resize_depth(map, {2, 2}).is_same(map));
}

}  // namespace
}  // namespace rollingdepth
