#include "align/snippet_samples.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "align/co_align.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// Pixel (row, column) of a map holds 100 * row + column.
at::Tensor numbered_map(std::int64_t height, std::int64_t width) {
  return (at::arange(height).unsqueeze(1) * 100 + at::arange(width)).to(at::kFloat);
}

// 25 rows without the border are 2..22: rows 2, 12, 22. 14 columns leave 2..11: column 2.
TEST(AlignmentSamples, DropTheBorderThenKeepEveryTenthPixelFromTheFirst) {
  const at::Tensor samples = alignment_samples(numbered_map(25, 14), 10, 2);
  EXPECT_TRUE(at::equal(samples, at::tensor({202.0f, 1202.0f, 2202.0f}).view({3, 1})));
}

TEST(AlignmentSamples, KeepLeadingDimensionsAndOwnTheirMemory) {
  const at::Tensor maps = at::zeros({5, 3, 44, 60});
  const at::Tensor samples = alignment_samples(maps, 10, 2);
  EXPECT_EQ(samples.sizes(), at::IntArrayRef({5, 3, 4, 6}));
  EXPECT_TRUE(samples.is_contiguous());
  const at::Tensor whole = alignment_samples(maps, 1, 0);
  EXPECT_NE(whole.const_data_ptr(), maps.const_data_ptr());
}

TEST(AlignmentSamples, KeepTheMiddleOfAMapThatIsAllBorder) {
  EXPECT_TRUE(at::equal(alignment_samples(numbered_map(1, 1), 10, 2), at::zeros({1, 1})));
  EXPECT_TRUE(at::equal(alignment_samples(numbered_map(3, 4), 10, 2), at::full({1, 1}, 101.0f)));
}

TEST(Spread, IsRefusedWhereFloat32CannotComputeWithIt) {
  EXPECT_NO_THROW(require_spread(-1e4F, 1e17F));
  EXPECT_THROW(require_spread(-2.9e38F, -0.7F), Error);
  EXPECT_THROW(require_spread(-3e38F, 3e38F), Error) << "further apart than float32 has numbers";
  EXPECT_THROW(require_spread(0, std::nanf("")), Error);
}

TEST(AlignmentSamples, RefuseStridesBelowOneAndMapsWithoutPixels) {
  EXPECT_THROW(alignment_samples(numbered_map(8, 8), 0, 2), Error);
  EXPECT_THROW(alignment_samples(numbered_map(8, 8), 10, -1), Error);
  EXPECT_THROW(alignment_samples(at::zeros({0, 8}), 10, 2), Error);
}

TEST(SampleStride, LeavesAboutAsManySamplesAsAskedFor) {
  const CoAlignOptions options = co_align_options("balanced");  // 4096
  // 428 x 764 within the border: 54 x 96 = 5184 at 8, 48 x 85 = 4080 at 9.
  EXPECT_EQ(options.sample_stride_px(432, 768, 100), 8);
  EXPECT_EQ(options.sample_stride_px(48, 64, 100), 1);  // 2640
  EXPECT_EQ(co_align_options("balanced", Aligner::kAdam).sample_stride_px(432, 768, 100), 10);
}

TEST(SampleStride, GrowsWhereAClipIsLong) {
  const CoAlignOptions options = co_align_options("quality");
  const int stride = options.sample_stride_px(432, 768, 600000);
  const at::Tensor one = alignment_samples(at::zeros({432, 768}), stride, options.border_px);
  EXPECT_LE(one.numel() * 600000 * 4, kMaxSampleBytes);
  EXPECT_GT(stride, options.sample_stride_px(432, 768, 1000));
}

}  // namespace
}  // namespace rollingdepth
