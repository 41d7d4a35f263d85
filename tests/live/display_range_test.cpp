#include "live/display_range.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

namespace rollingdepth::live {
namespace {

// 0 to 100 in order: the 2nd percentile is 2, the 98th is 98.
at::Tensor ramp(double scale = 1, double shift = 0) {
  return (at::arange(101, at::kFloat) * scale + shift).view({1, 101});
}

TEST(DisplayRange, ShowsFromThe2ndToThe98thPercentile) {
  DisplayRange range(DepthValues::kAffineInverse, 0.9);
  const at::Tensor shown = range.show(ramp());
  EXPECT_DOUBLE_EQ(range.far(), 2);
  EXPECT_DOUBLE_EQ(range.near(), 98);
  EXPECT_FLOAT_EQ(shown[0][0].item<float>(), 0);
  EXPECT_FLOAT_EQ(shown[0][50].item<float>(), 0.5F);
  EXPECT_FLOAT_EQ(shown[0][100].item<float>(), 1);
}

TEST(DisplayRange, MovesAShareOfTheWay) {
  DisplayRange range(DepthValues::kRelativeInverse, 0.75);
  range.show(ramp());
  range.show(ramp(1, 100));
  EXPECT_DOUBLE_EQ(range.far(), 0.75 * 2 + 0.25 * 102);
  EXPECT_DOUBLE_EQ(range.near(), 0.75 * 98 + 0.25 * 198);
  range.begin_anew();
  range.show(ramp(1, 100));
  EXPECT_DOUBLE_EQ(range.far(), 102);
}

TEST(DisplayRange, ShowsNearMetresAsNear) {
  DisplayRange range(DepthValues::kMetres, 0);
  const at::Tensor shown = range.show(at::tensor({1.0F, 2.0F, 4.0F, 1.0F, 4.0F}).view({1, 5}));
  EXPECT_FLOAT_EQ(shown[0][0].item<float>(), 1);
  EXPECT_FLOAT_EQ(shown[0][2].item<float>(), 0);
  EXPECT_FLOAT_EQ(shown[0][1].item<float>(), 1.0F / 3);  // Of 1/4 to 1, 1/2.
  EXPECT_DOUBLE_EQ(range.far(), 4);
  EXPECT_DOUBLE_EQ(range.near(), 1);
}

TEST(DisplayRange, ShowsAFlatMapAsFar) {
  DisplayRange range(DepthValues::kAffineInverse, 0);
  EXPECT_TRUE(at::equal(range.show(at::full({3, 4}, 0.7F)), at::zeros({3, 4})));
}

TEST(DisplayRange, DoesNotFollowWhatIsNoNumber) {
  DisplayRange range(DepthValues::kAffineInverse, 0);
  at::Tensor map = ramp().clone();
  map[0][50] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor shown = range.show(map);
  EXPECT_TRUE(shown.isfinite().all().item<bool>());
  EXPECT_DOUBLE_EQ(range.near(), 98);
}

}  // namespace
}  // namespace rollingdepth::live
