// A clip is the same to the byte whoever computes it, and a run tells who did.

#include <gmock/gmock.h>

#include <set>

#include "reference_model.hpp"
#include "run_rolling_depth.hpp"
#include "stopping_progress.hpp"
#include "temporary_folder.hpp"
#include "tensor_clip.hpp"

namespace rollingdepth {
namespace {

using testing::RecordingSink;
using testing::StoppingProgress;
using testing::TemporaryFolder;
using testing::TensorSource;

class RollingDepthWorkers : public ::testing::Test {
 protected:
  RollingDepthWorkers() {
    at::manual_seed(3);
    frames_ = at::randint(0, 256, {14, 3, 16, 24}, at::kByte);
    options_.clip.res_px = 0;
    options_.dilations = {1, 3};
    options_.batch = {.vae_frames = 3, .snippets = 2};
  }

  // Nothing where it is stopped.
  at::Tensor run(const std::filesystem::path& folder, std::size_t workers, int stop_at = -1) {
    TensorSource source(frames_);
    RecordingSink sink;
    StoppingProgress progress(stop_at);
    ClipRunOptions run;
    run.spool = {.folder = folder, .memory_limit_bytes = 0, .job = 7};
    run.batch = options_.batch;
    run.workers = std::vector<Worker>(workers);
    try {
      summary_ = run_rolling_depth(source, *model_, {&sink}, options_, progress, run);
    } catch (const Cancelled&) {
      return {};
    }
    return at::stack(sink.maps);
  }

  void expect_the_same_bytes() {
    const TemporaryFolder alone;
    const at::Tensor expected = run(alone.path(), 0);
    for (const std::size_t workers : {1, 2, 5}) {
      const TemporaryFolder folder;
      EXPECT_TRUE(at::equal(run(folder.path(), workers), expected)) << workers;
    }
  }

  std::unique_ptr<DepthModel> model_ = testing::reference_model("a");
  at::Tensor frames_;
  RollingDepthOptions options_;
  ClipRunSummary summary_;
};

TEST_F(RollingDepthWorkers, GiveTheSameBytes) { expect_the_same_bytes(); }

TEST_F(RollingDepthWorkers, GiveTheSameBytesRefined) {
  options_.refine = {.steps = 2, .start_dilation = 3};
  expect_the_same_bytes();
}

TEST_F(RollingDepthWorkers, GiveTheSameBytesInChunks) {
  options_.chunk_frames = 8;
  options_.chunk_overlap = 3;
  expect_the_same_bytes();
}

TEST_F(RollingDepthWorkers, GoOnAfterAnyStop) {
  options_.refine = {.steps = 1, .start_dilation = 2};
  const TemporaryFolder alone;
  const at::Tensor expected = run(alone.path(), 0);
  for (int stop_at = 1; stop_at < 25; stop_at += 4) {
    const TemporaryFolder folder;
    EXPECT_FALSE(run(folder.path(), 3, stop_at).defined()) << stop_at;
    EXPECT_TRUE(at::equal(run(folder.path(), 2), expected)) << stop_at;
  }
}

TEST_F(RollingDepthWorkers, TellEachOnesShare) {
  const TemporaryFolder folder;
  run(folder.path(), 2);
  ASSERT_EQ(summary_.shares.size(), 2U);
  // 14 frames in threes; 12 snippets next to each other and 8 three apart, in twos.
  EXPECT_EQ(summary_.shares[0].batches + summary_.shares[1].batches, 5 + 6 + 4);
  EXPECT_GT(summary_.shares[0].seconds + summary_.shares[1].seconds, 0);
}

}  // namespace
}  // namespace rollingdepth
