// Whole runs on frames in memory: stopped anywhere and run again, the same bytes.
#include "rollingdepth/run.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "clip_run/tensor_clip.hpp"
#include "method/windows/depth_maps.hpp"
#include "method/windows/frames.hpp"
#include "method/windows/stitch.hpp"
#include "recorded.hpp"
#include "rollingdepth/error.hpp"
#include "stopping_progress.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::gemdepth {
namespace {

namespace fs = std::filesystem;
using testing::noise_frames;
using testing::RecordingSink;
using testing::StoppingProgress;
using testing::TemporaryFolder;
using testing::TensorSource;

// What a run gives: depth, and the numbers of all cameras side by side.
struct Given {
  at::Tensor depth;
  at::Tensor cameras;

  friend bool operator==(const Given& one, const Given& other) {
    return at::equal(one.depth, other.depth) && at::equal(one.cameras, other.cameras);
  }
  [[nodiscard]] Given part(std::int64_t first, std::int64_t last) const {
    return {depth.slice(0, first, last), cameras.slice(0, first, last)};
  }
};

at::Tensor numbers_of(const std::vector<FrameCamera>& cameras) {
  std::vector<double> numbers;
  for (const FrameCamera& camera : cameras) {
    numbers.insert(numbers.end(), camera.world_to_camera.begin(), camera.world_to_camera.end());
    numbers.insert(numbers.end(), {camera.vertical_fov_radians, camera.horizontal_fov_radians,
                                   static_cast<double>(camera.window)});
  }
  return at::tensor(numbers, at::kDouble).view({std::ssize(cameras), 15});
}

class GemRuns : public ::testing::Test {
 protected:
  GemRuns() {
    options_.clip.res_px = 14;
    options_.window_frames = 8;
    options_.frames_per_call = 3;  // No divisor of a window's step.
  }

  // Loading takes longer than a run.
  GemDepth& method() {
    static std::map<std::string, std::unique_ptr<GemDepth>> loaded;
    std::unique_ptr<GemDepth>& found = loaded[options_.settings().dump()];
    if (!found) {
      found = std::make_unique<GemDepth>(tiny_method(options_));
      found->load({c10::Device(c10::kCPU)}, c10::kFloat, /*tf32=*/false);
    }
    return *found;
  }

  // Nothing where it is stopped. @param checks before that; -1: never.
  Given run(const fs::path& folder, int checks = -1) {
    TensorSource source(frames_);
    RecordingSink sink;
    StoppingProgress progress(checks);
    ClipRunOptions run;
    run.spool = {.folder = folder, .memory_limit_bytes = 0, .job = 7};
    run.finished = {finished_.begin(), finished_.end()};
    run.workers = std::vector<Worker>(workers_);
    run.cuts = cuts_;
    run.cameras = true;
    run.on_finished = [&](const std::string& stage) { finished_.insert(stage); };
    try {
      summary_ = run_clip(source, method(), {&sink}, nullptr, run, progress);
    } catch (const Cancelled&) {
      return {};
    }
    checks_ = progress.checks;
    return {at::stack(sink.maps), numbers_of(summary_.cameras)};
  }
  Given run_alone() {
    finished_.clear();
    const TemporaryFolder folder;
    return run(folder.path());
  }

  void expect_the_same_after_any_stop(int step) {
    const Given expected = run_alone();
    const int all = checks_;
    for (int checks = 3; checks < all; checks += step) {
      const TemporaryFolder folder;
      finished_.clear();
      if (run(folder.path(), checks).depth.defined()) break;
      EXPECT_TRUE(run(folder.path()) == expected) << checks;
    }
  }

  at::Tensor frames_ = noise_frames(30);
  Options options_ = tiny_options();
  std::size_t workers_ = 0;  // 0: as it comes.
  std::vector<std::int64_t> cuts_;
  std::set<std::string> finished_;
  ClipRunSummary summary_;
  int checks_ = 0;
};

TEST_F(GemRuns, GiveTheSameBytesAfterAnyStop) { expect_the_same_after_any_stop(11); }

// Records of several workers do not come in the order of frames.
TEST_F(GemRuns, GiveTheSameBytesAfterAnyStopOfSeveralWorkers) {
  workers_ = 3;
  expect_the_same_after_any_stop(13);
}

TEST_F(GemRuns, GiveTheSameBytesOfShotsAfterAnyStop) {
  cuts_ = {9, 20};
  expect_the_same_after_any_stop(17);
}

TEST_F(GemRuns, GiveTheSameBytesWhoeverWorks) {
  for (const std::int64_t frames : {32, 16, 8}) {
    options_.window_frames = frames;
    workers_ = 0;
    const Given expected = run_alone();
    for (workers_ = 1; workers_ <= 4; ++workers_) {
      EXPECT_TRUE(run_alone() == expected) << workers_ << " windows of " << frames;
      EXPECT_EQ(summary_.shares.size(), workers_);
    }
  }
}

// The batches of each shot begin with its first frame, which has tokens of its own.
TEST_F(GemRuns, TakeEachShotAsAClipOfItsOwn) {
  cuts_ = {9, 20};
  const Given film = run_alone();
  cuts_.clear();
  const at::Tensor all = frames_;
  for (const auto& [first, last] : {std::pair{0, 9}, {9, 20}, {20, 30}}) {
    frames_ = all.slice(0, first, last);
    EXPECT_TRUE(run_alone() == film.part(first, last)) << first;
  }
}

// Networks and stitching by hand, window for window, with nothing kept from one to the next.
TEST_F(GemRuns, SeeTheFramesOfTheirWindows) {
  for (const std::int64_t length : {32, 16, 8}) {
    options_.window_frames = length;
    const FrameSize size = network_size({30, 20}, 14);
    Networks networks(open_package(tiny_package()), c10::kCPU, c10::kFloat, /*pose=*/true);
    const auto parts_of = [&](std::int64_t frame) {
      const std::int64_t first = frame / 3 * 3;
      std::vector<at::Tensor> batch;
      for (std::int64_t i = first; i < std::min<std::int64_t>(first + 3, 30); ++i) {
        batch.push_back(prepare_frame(frames_[i], size));
      }
      FrameParts parts = networks.parts_of(at::stack(batch), first);
      for (at::Tensor& part : parts) part = part[frame - first];
      return parts;
    };
    const c10::InferenceMode inference;
    const WindowShape shape(length);
    std::vector<at::Tensor> maps;
    Stitcher stitcher(shape, /*metric=*/false,
                      [&](std::int64_t, const at::Tensor& map) { maps.push_back(map.clone()); });
    for (std::int64_t window = 0; window < window_count(shape, 30); ++window) {
      std::vector<FrameParts> seen;
      for (const std::int64_t frame : window_frames(shape, window, 30)) {
        seen.push_back(parts_of(frame));
      }
      const WindowResult result = networks.window(seen, size);
      const std::int64_t used = used_outputs(shape, window, 30);
      std::vector<at::Tensor> outputs;
      for (std::int64_t i = 0; i < used; i += 4) {
        const std::int64_t last = std::min(i + 4, used);
        const at::Tensor depth = networks.depth(result.paths.slice(0, i, last),
                                                {seen.begin() + i, seen.begin() + last}, size);
        for (const at::Tensor& map : depth_maps(depth, size).unbind()) outputs.push_back(map);
      }
      stitcher.add(std::move(outputs));
    }
    stitcher.finish();
    EXPECT_TRUE(at::equal(run_alone().depth, at::stack(maps))) << length;
  }
}

// Frames 6 and 7 are shown by windows 0 and 1, 4 apart: the later one's cameras count.
TEST_F(GemRuns, TakeTheCamerasOfTheNewWindowAtASeam) {
  run_alone();
  std::vector<std::int64_t> windows;
  for (const FrameCamera& camera : summary_.cameras) windows.push_back(camera.window);
  ASSERT_EQ(windows.size(), 30U);
  EXPECT_THAT(std::vector<std::int64_t>(windows.begin(), windows.begin() + 12),
              ::testing::ElementsAre(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2));
  EXPECT_EQ(windows.back(), 6);
}

TEST_F(GemRuns, HaveOtherDepthAndNoCamerasWithoutPoses) {
  const Given with = run_alone();
  options_.pose = false;
  const Given without = run_alone();
  EXPECT_EQ(without.cameras.numel(), 0);
  EXPECT_GT(relative(without.depth, with.depth), 1e-3);
}

TEST_F(GemRuns, ComputeAgainWhatIsDamaged) {
  const TemporaryFolder folder;
  const Given expected = run(folder.path());
  for (const char* store : {"merged", "window-poses"}) {
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      if (!entry.path().filename().string().starts_with(store)) continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(fs::file_size(entry.path()) / 2));
      file.put('x').put('y').put('z');
    }
    EXPECT_TRUE(run(folder.path()) == expected) << store;
  }
}

TEST_F(GemRuns, TakeClipsOfAnyLength) {
  for (const std::int64_t frames : {1, 2, 3, 7, 8, 9}) {
    frames_ = noise_frames(frames);
    const Given given = run_alone();
    EXPECT_EQ(given.depth.size(0), frames);
    EXPECT_EQ(given.cameras.size(0), frames);
  }
}

}  // namespace
}  // namespace rollingdepth::gemdepth
