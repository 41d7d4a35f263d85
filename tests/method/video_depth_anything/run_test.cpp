// Whole runs on frames in memory: stopped anywhere and run again, the same bytes.
#include "rollingdepth/run.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "clip_run/tensor_clip.hpp"
#include "recorded.hpp"
#include "rollingdepth/error.hpp"
#include "stopping_progress.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::vda {
namespace {

namespace fs = std::filesystem;
using testing::noise_frames;
using testing::RecordingSink;
using testing::StoppingProgress;
using testing::TemporaryFolder;
using testing::TensorSource;

class VideoRun : public ::testing::TestWithParam<Mode> {
 protected:
  VideoRun() {
    options_.clip.res_px = 14;
    options_.mode = GetParam();
    options_.frames_per_call = 3;  // No divisor of a window's step.
  }

  // Nothing where it is stopped. @param checks before that; -1: never.
  at::Tensor run(const fs::path& folder, int checks = -1) {
    VideoDepthAnything method = tiny_method(options_);
    method.load({c10::Device(c10::kCPU)}, c10::kFloat, /*tf32=*/false);
    TensorSource source(frames_);
    RecordingSink sink;
    StoppingProgress progress(checks);
    ClipRunOptions run;
    run.spool = {.folder = folder, .memory_limit_bytes = 0, .job = 7};
    run.finished = {finished_.begin(), finished_.end()};
    run.workers = std::vector<Worker>(workers_);
    run.on_finished = [&](const std::string& stage) { finished_.insert(stage); };
    try {
      summary_ = run_clip(source, method, {&sink}, nullptr, run, progress);
    } catch (const Cancelled&) {
      return {};
    }
    checks_ = progress.checks;
    info_ = sink.info;
    return at::stack(sink.maps);
  }

  at::Tensor frames_ = noise_frames(60);
  Options options_ = tiny_options();
  std::size_t workers_ = 0;  // 0: as it comes.
  std::set<std::string> finished_;
  ClipRunSummary summary_;
  DepthClipInfo info_;
  int checks_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Modes, VideoRun, ::testing::Values(Mode::kOffline, Mode::kStreaming),
                         [](const auto& mode) { return to_string(mode.param); });

TEST_P(VideoRun, GivesTheSameBytesAfterAnyStop) {
  const TemporaryFolder whole;
  const at::Tensor expected = run(whole.path());
  const int all = checks_;
  ASSERT_GT(all, 60);
  for (int checks = 3; checks < all; checks += 17) {
    const TemporaryFolder folder;
    finished_.clear();
    EXPECT_FALSE(run(folder.path(), checks).defined()) << checks;
    EXPECT_TRUE(at::equal(run(folder.path()), expected)) << checks;
  }
}

TEST_P(VideoRun, GivesTheSameBytesWhoeverWorks) {
  const TemporaryFolder alone;
  const at::Tensor expected = run(alone.path());
  for (workers_ = 1; workers_ <= 4; ++workers_) {
    const TemporaryFolder folder;
    finished_.clear();
    EXPECT_TRUE(at::equal(run(folder.path()), expected)) << workers_;
    // Nobody can share the work of a causal run.
    EXPECT_EQ(summary_.shares.size(), GetParam() == Mode::kStreaming ? 1U : workers_);
  }
}

// Records of several workers do not come in the order of frames.
TEST_P(VideoRun, GivesTheSameBytesAfterAnyStopOfSeveralWorkers) {
  workers_ = 3;
  const TemporaryFolder whole;
  const at::Tensor expected = run(whole.path());
  for (int checks = 5; checks < 60; checks += 13) {
    const TemporaryFolder folder;
    finished_.clear();
    EXPECT_FALSE(run(folder.path(), checks).defined()) << checks;
    EXPECT_TRUE(at::equal(run(folder.path()), expected)) << checks;
  }
}

TEST_P(VideoRun, GoesOnFromWhatIsThere) {
  const TemporaryFolder folder;
  run(folder.path());
  const int all = checks_;
  finished_.clear();  // As if it had been killed before any stage was noted.
  EXPECT_TRUE(run(folder.path()).defined());
  EXPECT_LT(checks_, all);
}

TEST_P(VideoRun, ComputesAgainWhatIsDamaged) {
  const TemporaryFolder folder;
  const at::Tensor expected = run(folder.path());
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (!entry.path().filename().string().starts_with("merged")) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(entry.path()) / 2));
    file.put('x').put('y').put('z');
  }
  EXPECT_TRUE(at::equal(run(folder.path()), expected));
}

TEST_P(VideoRun, KeepsValuesAsTheMethodGivesThem) {
  const TemporaryFolder folder;
  const at::Tensor depth = run(folder.path());
  EXPECT_GE(depth.min().item<float>(), 0);
  EXPECT_GT(depth.max().item<float>(), 1);
  EXPECT_EQ(info_.values, DepthValues::kRelativeInverse);
  EXPECT_EQ(info_.max, depth.max().item<float>());
  EXPECT_EQ(info_.min, depth.min().item<float>());
}

TEST_P(VideoRun, GivesDepthAtTheInputsSizeOnRequest) {
  options_.clip.restore_res = true;
  const TemporaryFolder folder;
  EXPECT_EQ(run(folder.path()).sizes(), (std::vector<std::int64_t>{60, 20, 30}));
}

// 22 frames further on the same frame is at another place of its window.
TEST_P(VideoRun, TakesClipsOfAnyLength) {
  for (const std::int64_t frames : {1, 2, 3, 24, 25, 33}) {
    frames_ = noise_frames(frames);
    finished_.clear();
    const TemporaryFolder folder;
    EXPECT_EQ(run(folder.path()).size(0), frames);
  }
}

// What is not seen yet has no influence.
TEST(StreamingRun, DoesNotDependOnWhatFollows) {
  const auto depth = [](const at::Tensor& frames) {
    Options options = tiny_options();
    options.clip.res_px = 14;
    options.mode = Mode::kStreaming;
    VideoDepthAnything method = tiny_method(options);
    method.load({c10::Device(c10::kCPU)}, c10::kFloat, /*tf32=*/false);
    TensorSource source(frames);
    RecordingSink sink;
    SilentProgress progress;
    const TemporaryFolder folder;
    ClipRunOptions run;
    run.spool.folder = folder.path();
    run_clip(source, method, {&sink}, nullptr, run, progress);
    return at::stack(sink.maps);
  };
  const at::Tensor frames = noise_frames(40);
  // The same batches of the encoder.
  EXPECT_TRUE(at::equal(depth(frames.slice(0, 0, 24)), depth(frames).slice(0, 0, 24)));
}

}  // namespace
}  // namespace rollingdepth::vda
