#include "merge/clip_depth.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <limits>
#include <memory>
#include <vector>

#include "align/synthetic_clip.hpp"
#include "error_matchers.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

class ClipDepthTest : public ::testing::Test {
 protected:
  // Frames [first, first + count) of `maps` as a chunk.
  DepthChunk chunk_of(const at::Tensor& maps, std::int64_t first, std::int64_t count) {
    RangedMaps& store = *stores_.emplace_back(std::make_unique<RangedMaps>(
        spool_, "merged" + std::to_string(stores_.size()),
        FrameSize{.width_px = maps.size(2), .height_px = maps.size(1)}));
    for (std::int64_t i = 0; i < count; ++i) store.write(i, maps[first + i]);
    return {.first_frame = first, .frames = count, .merged = ChunkMaps(store)};
  }
  // Every `step`-th pixel of frames [first, last) is far off.
  static at::Tensor with_outliers(at::Tensor maps, std::int64_t first, std::int64_t last,
                                  std::int64_t step, double value) {
    maps = maps.clone();
    for (std::int64_t frame = first; frame < last; ++frame) {
      at::Tensor pixels = maps[frame].view({-1});
      for (std::int64_t p = frame % step; p < pixels.numel(); p += step) {
        pixels[p] = value + 0.1 * static_cast<double>(p % 7);
      }
    }
    return maps;
  }

  Spool spool_{SpoolPlace{}};
  std::vector<std::unique_ptr<RangedMaps>> stores_;  // One for each chunk.
  SilentProgress progress_;
  at::Tensor truth_ =
      testing::synthetic_clip({.frames = 24, .height_px = 24, .width_px = 32}).truth;
};

// The second chunk sees (x - 3) / 2 of what the first one sees, and one pixel in fifteen wrongly.
TEST_F(ClipDepthTest, JoinsAScaledAndShiftedChunkWhateverItsOutliers) {
  const DepthChunk first = chunk_of(truth_, 0, 14);
  const DepthChunk second = chunk_of(with_outliers((truth_ - 3) / 2, 8, 14, 15, 1), 8, 16);
  const ChunkAffine joined = join_chunks(first, second, progress_);
  EXPECT_NEAR(joined.scale, 2, 1e-3);
  EXPECT_NEAR(joined.shift, 3, 3e-3);
  EXPECT_TRUE(joined.agreed);
}

// Outliers of a hundred times the spread of the rest: the fit starts too far off and gives up.
TEST_F(ClipDepthTest, JoinsRoughlyWhereTheFitGivesUp) {
  const DepthChunk first = chunk_of(truth_, 0, 14);
  const DepthChunk second = chunk_of(with_outliers((truth_ - 3) / 2, 8, 14, 15, 20), 8, 16);
  const ChunkAffine joined = join_chunks(first, second, progress_);
  EXPECT_NEAR(joined.scale, 2, 0.2);
  EXPECT_NEAR(joined.shift, 3, 0.3);
  EXPECT_FALSE(joined.agreed);
}

TEST_F(ClipDepthTest, JoinsFlatOverlapsByTheirLevel) {
  const at::Tensor flat = at::full({24, 24, 32}, 0.7);
  ChunkAffine joined = join_chunks(chunk_of(flat, 0, 14), chunk_of(flat + 5, 10, 14), progress_);
  EXPECT_EQ(joined.scale, 1);
  EXPECT_NEAR(joined.shift, -5, 1e-5);
  EXPECT_FALSE(joined.agreed);
  // One of them is flat: its level becomes the other's median.
  joined = join_chunks(chunk_of(truth_, 0, 14), chunk_of(flat, 10, 14), progress_);
  EXPECT_NEAR(joined.scale * 0.7 + joined.shift, truth_.narrow(0, 10, 4).median().item<float>(),
              0.05);
}

TEST_F(ClipDepthTest, JoinsExactlyWithoutOutliers) {
  const ChunkAffine joined =
      join_chunks(chunk_of(truth_, 0, 14), chunk_of((truth_ - 3) / 2, 10, 14), progress_);
  EXPECT_NEAR(joined.scale, 2, 1e-5);
  EXPECT_NEAR(joined.shift, 3, 1e-5);
}

TEST_F(ClipDepthTest, JoinsThreeChunksToTheScaleOfTheFirst) {
  ClipDepth depth;
  const auto add = [&](const at::Tensor& maps, std::int64_t first) {
    DepthChunk chunk = chunk_of(maps, first, 10);
    if (first > 0) chunk.joined_from_chunk = join_chunks(depth.chunks().back(), chunk, progress_);
    depth.add(std::move(chunk));
  };
  add(truth_, 0);
  add((truth_ - 3) / 2, 7);
  add((truth_ + 1) * 5, 14);
  EXPECT_EQ(depth.frames(), 24);
  EXPECT_NEAR(depth.chunks()[2].joined_from_chunk.scale, 0.2, 1e-5);
  EXPECT_NEAR(depth.chunks()[2].joined_from_chunk.shift, -1, 1e-4);
  for (std::int64_t frame = 0; frame < 24; ++frame) {
    EXPECT_LT((depth.read_joined(frame) - truth_[frame]).abs().max().item<float>(), 1e-4) << frame;
  }
}

// Chunks of 0 and of 1 that share frames 3, 4 and 5: a quarter, a half, three quarters.
TEST_F(ClipDepthTest, FadesFromOneChunkToTheNextInEqualSteps) {
  ClipDepth depth;
  depth.add(chunk_of(at::zeros({8, 2, 2}), 0, 6));
  depth.add(chunk_of(at::ones({8, 2, 2}), 3, 5));
  const std::vector<float> expected = {0, 0, 0, 0.25, 0.5, 0.75, 1, 1};
  for (std::int64_t frame = 0; frame < 8; ++frame) {
    EXPECT_TRUE(at::equal(depth.read_joined(frame),
                          at::full({2, 2}, expected[static_cast<std::size_t>(frame)])))
        << frame;
  }
}

// No overlap is half a chunk long and more: every frame is in two chunks at most.
TEST_F(ClipDepthTest, FadesWhereChunksShareHalfOfTheirFrames) {
  ClipDepth depth;
  for (std::int64_t i = 0; i < 3; ++i) {
    depth.add(chunk_of(at::full({8, 2, 2}, static_cast<double>(i)), 2 * i, 4));
  }
  const std::vector<double> expected = {0, 0, 1.0 / 3, 2.0 / 3, 4.0 / 3, 5.0 / 3, 2, 2};
  for (std::int64_t frame = 0; frame < 8; ++frame) {
    EXPECT_NEAR(depth.read_joined(frame)[1][1].item<float>(),
                expected[static_cast<std::size_t>(frame)], 1e-6)
        << frame;
  }
}

TEST_F(ClipDepthTest, MapsAllChunksToOneRange) {
  ClipDepth depth;
  DepthChunk second = chunk_of(at::ones({4, 2, 2}), 2, 2);
  second.joined_from_chunk = {.scale = 4, .shift = 2};
  depth.add(chunk_of(at::full({4, 2, 2}, 3.0f), 0, 2));
  depth.add(std::move(second));
  depth.measure_range(progress_);
  EXPECT_EQ(depth.read(0)[0][0].item<float>(), -1);
  EXPECT_EQ(depth.read(3)[0][0].item<float>(), 1);
}

// The range comes from what was noted of each map, and from frames that two chunks show: it is what
// a look at all pixels gives, to the bit.
TEST_F(ClipDepthTest, KnowsTheRangeOfAllPixels) {
  RangeStore faded(spool_, "faded");
  ClipDepth depth;
  depth.keep_faded_ranges_in(faded);
  at::Tensor maps = at::randn({24, 24, 32});
  maps[5][3][3] = std::numeric_limits<float>::quiet_NaN();
  depth.add(chunk_of(maps, 0, 10));
  DepthChunk second = chunk_of(at::randn({24, 24, 32}), 7, 17);
  second.joined_from_chunk = {.scale = 1.37, .shift = -0.21};
  depth.add(second);
  depth.measure_range(progress_);
  MapRange joined, mapped;
  for (std::int64_t frame = 0; frame < 24; ++frame) {
    joined.include(range_of(depth.read_joined(frame)));
    mapped.include(range_of(depth.read(frame)));
    EXPECT_EQ(faded.find(frame).has_value(), frame >= 7 && frame < 10) << frame;
  }
  EXPECT_EQ(depth.range(), mapped);
  EXPECT_EQ(mapped.min, -1);
  EXPECT_EQ(mapped.max, 1);
  EXPECT_EQ(depth.empty_pixels(), 1);
  EXPECT_GT(joined.max, joined.min);
}

// One chunk, or the first of several, is not touched: not even rounded.
TEST_F(ClipDepthTest, LeavesTheFirstChunkAsItWasMerged) {
  ClipDepth depth;
  depth.add(chunk_of(truth_, 0, 24));
  EXPECT_TRUE(at::equal(depth.read_joined(17), truth_[17]));
}

TEST_F(ClipDepthTest, HasNoFramePastTheEnd) {
  ClipDepth depth;
  EXPECT_EQ(depth.frames(), 0);
  depth.add(chunk_of(truth_, 0, 4));
  EXPECT_THAT(message_of(ErrorKind::kFailed, [&] { (void)depth.read_joined(4); }),
              HasSubstr("no frame 4"));
}

}  // namespace
}  // namespace rollingdepth
