// One clip divided among processes: the same bytes as in one run.
#include <gmock/gmock.h>

#include "clip_run/sharded_clip.hpp"
#include "error_matchers.hpp"
#include "method/rolling_depth/rolling_depth.hpp"
#include "reference_model.hpp"

namespace rollingdepth {
namespace {

using testing::ShardedClip;
using testing::TemporaryFolder;

class RollingDepthShares : public ::testing::Test {
 protected:
  RollingDepthShares() {
    at::manual_seed(3);
    clip_.frames = at::randint(0, 256, {30, 3, 16, 24}, at::kByte);
    clip_.batch = {.vae_frames = 3, .snippets = 2};
    options_.clip.res_px = 0;
    options_.dilations = {1, 3, 7};
    clip_.make_method = [this] { return std::make_unique<RollingDepth>(*model_, options_); };
  }

  std::unique_ptr<DepthModel> model_ = testing::reference_model("a");
  RollingDepthOptions options_;
  ShardedClip clip_;
};

const testing::ShardCounts kCounts = {1, 2, 3, 7, 64};

TEST_F(RollingDepthShares, GiveTheSameBytes) {
  testing::expect_the_same_bytes_of_shards(clip_, kCounts);
}

TEST_F(RollingDepthShares, GiveTheSameBytesWhereverTheyAreStopped) {
  testing::expect_the_same_bytes_of_stopped_shards(clip_, kCounts);
}

TEST_F(RollingDepthShares, GiveTheSameBytesInChunks) {
  options_.chunk_frames = 12;
  options_.chunk_overlap = 4;
  testing::expect_the_same_bytes_of_shards(clip_, {1, 3, 64});
  testing::expect_the_same_bytes_of_stopped_shards(clip_, {2, 7});
}

TEST_F(RollingDepthShares, LeaveRefinementToWhoMerges) {
  options_.refine = {.steps = 2, .start_dilation = 3};
  // 24 snippets three apart, 26 two apart, in twos; 30 frames there and back in threes.
  testing::expect_the_same_bytes_of_shards(clip_, {3}, 12 + 13 + 2 * 10);
}

TEST_F(RollingDepthShares, TakeFramesFromTheMiddleOfAClip) {
  options_.clip.start_frame = 5;
  options_.clip.frame_count = 20;
  const at::Tensor all = clip_.frames;
  const at::Tensor expected = clip_.plain();
  const TemporaryFolder folder;
  testing::TensorSource source(all);
  testing::StoppingProgress progress;
  EXPECT_EQ(count_frames(source, options_.clip, ShardedClip::place(folder.path(), ""), progress),
            20);
  for (const std::int64_t i : {1, 0}) {
    const auto method = clip_.make_method();
    testing::TensorSource again(all);
    ClipShare share;
    share.spool = ShardedClip::place(folder.path(), testing::writer_of(i));
    share.batch = clip_.batch;
    share.workers = std::vector<Worker>(1);
    share.begun = share_of(20, i, 2);
    work_on_share(again, *method, share, progress);
  }
  std::int64_t batches = 0;
  EXPECT_TRUE(at::equal(clip_.run(folder.path(), &batches), expected));
  EXPECT_EQ(batches, 0);
}

TEST_F(RollingDepthShares, ComputeAgainWhatIsDamaged) {
  testing::expect_damaged_shards_computed_again(clip_);
}

TEST_F(RollingDepthShares, DoNoHarmTwice) { testing::expect_two_at_one_shard_do_no_harm(clip_); }

// What another clip's workers have left under the same names is no record here.
TEST_F(RollingDepthShares, OfAnotherJobDoNotCount) {
  const at::Tensor expected = clip_.plain();
  const TemporaryFolder other, folder;
  clip_.plan(folder.path());
  clip_.plan(other.path());
  clip_.work(other.path(), 0, 1, "w");
  for (const auto& file : testing::shard_files_in(other.path())) {
    std::filesystem::copy(file, folder.path());
  }
  // Read as a job of another number.
  std::int64_t batches = 0;
  const auto method = clip_.make_method();
  testing::TensorSource source(clip_.frames);
  testing::RecordingSink sink;
  testing::StoppingProgress progress;
  ClipRunOptions options;
  options.spool = {.folder = folder.path(), .memory_limit_bytes = 0, .job = 8};
  options.batch = clip_.batch;
  const ClipRunSummary summary = run_clip(source, *method, {&sink}, nullptr, options, progress);
  for (const auto& share : summary.shares) batches += share.batches;
  EXPECT_TRUE(at::equal(at::stack(sink.maps), expected));
  EXPECT_EQ(batches, 10 + 14 + 12 + 8);
}

// A run that is under way takes what others have done, and does the rest.
TEST_F(RollingDepthShares, HelpARun) {
  const at::Tensor expected = clip_.plain();
  const TemporaryFolder folder;
  clip_.plan(folder.path());
  clip_.work(folder.path(), 1, 2, "helper");
  std::int64_t batches = 0;
  EXPECT_TRUE(at::equal(clip_.run(folder.path(), &batches), expected));
  EXPECT_GT(batches, 0);
  EXPECT_LT(batches, 10 + 14 + 12 + 8);
}

TEST_F(RollingDepthShares, NeedAClipThatWasCounted) {
  const TemporaryFolder folder;
  EXPECT_THAT(
      testing::message_of(ErrorKind::kOutput, [&] { clip_.work(folder.path(), 0, 1, "w"); }),
      ::testing::HasSubstr("plan the clip again"));
}

TEST(ShareOf, CutsIntoEqualParts) {
  std::int64_t end = 0;
  for (std::int64_t i = 0; i < 7; ++i) {
    const UnitRange share = share_of(30, i, 7);
    EXPECT_EQ(share.first, end);
    EXPECT_GE(share.last - share.first, 4);
    EXPECT_LE(share.last - share.first, 5);
    end = share.last;
  }
  EXPECT_EQ(end, 30);
}

}  // namespace
}  // namespace rollingdepth
