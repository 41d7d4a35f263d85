#include "rollingdepth/align/merge_clip.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "recorded.hpp"
#include "rollingdepth/base/error.hpp"

namespace rollingdepth {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Four frames, two snippets of three, all of scale 1 and shift 0.
class MergeClipTest : public ::testing::Test {
 protected:
  MergedClip merge(MergeMethod method = MergeMethod::kMean) {
    FloatStore store({}, 2, {3, 2, 2});
    for (std::int64_t k = 0; k < 2; ++k) store.write(k, maps_[k]);
    CoAlignResult aligned;
    aligned.affines = {{at::ones({2}), at::zeros({2}), at::ones({2, 3})}};
    SilentProgress progress;
    return merge_clip({{testing::plan_of(4, 3, 1), &store}}, aligned,
                      {.method = method, .minimum = 0, .noise = 0}, {}, progress);
  }

  // Frame f is f throughout.
  at::Tensor maps_ = at::stack({at::arange(0, 3, at::kFloat), at::arange(1, 4, at::kFloat)})
                         .view({2, 3, 1, 1})
                         .expand({2, 3, 2, 2})
                         .clone(at::MemoryFormat::Contiguous);
};

TEST_F(MergeClipTest, MapsTheWholeClipToMinusOneToOne) {
  const MergedClip merged = merge();
  for (std::int64_t f = 0; f < 4; ++f) {
    const at::Tensor expected = at::full({2, 2}, static_cast<double>(2 * f) / 3 - 1);
    EXPECT_LT((merged.depth.read(f) - expected).abs().max().item<float>(), 1e-6) << f;
  }
  EXPECT_EQ(merged.empty_pixels, 0);
}

TEST_F(MergeClipTest, CountsPixelsWithoutAValueAndKeepsThemOutOfTheRange) {
  maps_[0][0][1][1] = kNaN;  // Frame 0 is in one snippet.
  maps_[1][2][0][0] = std::numeric_limits<float>::infinity();
  maps_[0][1][0][0] = kNaN;  // The other snippet has this one.
  const MergedClip merged = merge();
  EXPECT_EQ(merged.empty_pixels, 2);
  EXPECT_EQ(merged.depth.read(0)[0][0].item<float>(), -1);
  EXPECT_TRUE(std::isnan(merged.depth.read(0)[1][1].item<float>()));
  EXPECT_NEAR(merged.depth.read(1)[0][0].item<float>(), -1.0 / 3, 1e-6);
  EXPECT_EQ(merged.depth.read(3)[1][1].item<float>(), 1);
}

TEST_F(MergeClipTest, RefusesAClipWithoutAnyValue) {
  maps_.fill_(kNaN);
  EXPECT_THROW(merge(), Error);
}

}  // namespace
}  // namespace rollingdepth
