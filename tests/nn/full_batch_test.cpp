#include "nn/full_batch.hpp"

#include <gtest/gtest.h>

namespace rollingdepth {
namespace {

TEST(FullBatch, FillsTheLastBatchOfAClip) {
  FullBatch batch;
  EXPECT_EQ(batch.frames_for({8, 4, 10, 12}, 1), 8);
  EXPECT_EQ(batch.frames_for({8, 4, 10, 12}, 1), 8);
  EXPECT_EQ(batch.frames_for({3, 4, 10, 12}, 1), 8);
  EXPECT_EQ(batch.frames_for({8, 4, 10, 12}, 1), 8);
}

TEST(FullBatch, FollowsASizeThatStays) {
  FullBatch batch;
  batch.frames_for({8, 4, 10, 12}, 1);
  EXPECT_EQ(batch.frames_for({2, 4, 10, 12}, 1), 8);
  EXPECT_EQ(batch.frames_for({2, 4, 10, 12}, 1), 2);
  EXPECT_EQ(batch.frames_for({9, 4, 10, 12}, 1), 9);
}

TEST(FullBatch, LeavesOtherPicturesAndOtherSnippetsAlone) {
  FullBatch batch;
  batch.frames_for({9, 4, 10, 12}, 3);
  EXPECT_EQ(batch.frames_for({3, 4, 10, 16}, 3), 3);
  batch.frames_for({9, 4, 10, 12}, 3);
  EXPECT_EQ(batch.frames_for({4, 4, 10, 12}, 2), 4);
}

TEST(FullBatch, ForgetsWhatDidNotFit) {
  FullBatch batch;
  batch.frames_for({8, 4, 10, 12}, 1);
  batch.forget();
  EXPECT_EQ(batch.frames_for({4, 4, 10, 12}, 1), 4);
}

}  // namespace
}  // namespace rollingdepth
