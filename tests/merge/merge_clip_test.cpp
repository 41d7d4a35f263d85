#include "merge/merge_clip.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "align/recorded.hpp"
#include "merge/clip_depth.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Four frames, two snippets of three, all of scale 1 and shift 0.
class MergeClipTest : public ::testing::Test {
 protected:
  ClipDepth merge(bool release = false) {
    store_ = std::make_unique<MapStore>(spool_, "maps", std::array<std::int64_t, 4>{2, 3, 2, 2},
                                        SpoolDtype::kFp32);
    for (std::int64_t k = 0; k < 2; ++k) store_->write(k, maps_[k]);
    merged_ = std::make_unique<RangedMaps>(spool_, "merged", FrameSize{2, 2});
    if (known_.defined()) merged_->write(1, known_);
    CoAlignResult aligned;
    aligned.affines = {{at::ones({2}), at::zeros({2}), at::ones({2, 3})}};
    SilentProgress progress;
    merge_clip({{testing::plan_of(4, 3, 1), store_.get()}}, aligned,
               {.method = MergeMethod::kMean, .minimum = 0, .noise = 0}, ChunkMaps(*merged_),
               release, progress);
    ClipDepth depth;
    depth.add({.first_frame = 0, .frames = 4, .merged = ChunkMaps(*merged_)});
    depth.measure_range(progress);
    return depth;
  }

  Spool spool_{SpoolPlace{}};
  std::unique_ptr<MapStore> store_;
  std::unique_ptr<RangedMaps> merged_;
  at::Tensor known_;  // What an earlier run left as frame 1.

  // Frame f is f throughout.
  at::Tensor maps_ = at::stack({at::arange(0, 3, at::kFloat), at::arange(1, 4, at::kFloat)})
                         .view({2, 3, 1, 1})
                         .expand({2, 3, 2, 2})
                         .clone(at::MemoryFormat::Contiguous);
};

TEST_F(MergeClipTest, MapsTheWholeClipToMinusOneToOne) {
  const ClipDepth merged = merge();
  for (std::int64_t f = 0; f < 4; ++f) {
    const at::Tensor expected = at::full({2, 2}, static_cast<double>(2 * f) / 3 - 1);
    EXPECT_LT((merged.read(f) - expected).abs().max().item<float>(), 1e-6) << f;
  }
  EXPECT_EQ(merged.empty_pixels(), 0);
}

TEST_F(MergeClipTest, CountsPixelsWithoutAValueAndKeepsThemOutOfTheRange) {
  maps_[0][0][1][1] = kNaN;  // Frame 0 is in one snippet.
  maps_[1][2][0][0] = std::numeric_limits<float>::infinity();
  maps_[0][1][0][0] = kNaN;  // The other snippet has this one.
  const ClipDepth merged = merge();
  EXPECT_EQ(merged.empty_pixels(), 2);
  EXPECT_EQ(merged.read(0)[0][0].item<float>(), -1);
  EXPECT_TRUE(std::isnan(merged.read(0)[1][1].item<float>()));
  EXPECT_NEAR(merged.read(1)[0][0].item<float>(), -1.0 / 3, 1e-6);
  EXPECT_EQ(merged.read(3)[1][1].item<float>(), 1);
}

TEST_F(MergeClipTest, KeepsFramesThatAreMerged) {
  known_ = at::full({2, 2}, 2.5f);
  const ClipDepth merged = merge();
  EXPECT_TRUE(at::equal(merged.read_joined(1), known_));
  EXPECT_EQ(merged.read_joined(2)[0][0].item<float>(), 2);
}

TEST_F(MergeClipTest, GivesMapsBackOnceTheyAreMerged) {
  merge(/*release=*/true);
  EXPECT_FALSE(store_->find(0).has_value());
  EXPECT_FALSE(store_->find(1).has_value());
  merge();
  EXPECT_TRUE(store_->find(0).has_value());
}

TEST_F(MergeClipTest, RefusesAClipWithoutAnyValue) {
  maps_.fill_(kNaN);
  EXPECT_THROW(merge(), Error);
}

}  // namespace
}  // namespace rollingdepth
