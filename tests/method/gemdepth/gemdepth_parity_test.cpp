// What the original program gave for clips, in float32 on a CPU.
#include <gtest/gtest.h>

#include <cmath>
#include <ostream>

#include "clip_run/depth_of_video.hpp"
#include "method/windows/cameras.hpp"
#include "method/windows/frames.hpp"
#include "parity_report.hpp"
#include "recorded.hpp"
#include "rollingdepth/video.hpp"

namespace rollingdepth::gemdepth {
namespace {

using testing::depth_of_video;
using testing::expect_parity;

// Of the short edge in all recordings.
constexpr std::int64_t kRecordedRes = 126;

struct RecordedClip {
  std::string array;
  std::string video;
  std::int64_t used = 0;  // Frames; 0: all.
  bool pose = true;
  std::int64_t every = 1;  // Frame is recorded.
};
void PrintTo(const RecordedClip& clip, std::ostream* stream) { *stream << clip.array; }

at::Tensor depth_of(const RecordedClip& clip) {
  Options options;
  options.clip.res_px = kRecordedRes;
  options.clip.restore_res = true;
  options.clip.frame_count = clip.used;
  options.pose = clip.pose;
  GemDepth method = tiny_method(options);
  return depth_of_video(recorded_file(clip.video + ".mkv"), method);
}

class RecordedGemClips : public ::testing::TestWithParam<RecordedClip> {};

INSTANTIATE_TEST_SUITE_P(
    All, RecordedGemClips,
    ::testing::Values(
        RecordedClip{.array = "offline", .video = "clip"},
        RecordedClip{.array = "offline_off_every4", .video = "clip", .pose = false, .every = 4},
        RecordedClip{.array = "offline_first5", .video = "clip", .used = 5},
        RecordedClip{.array = "offline_wide", .video = "wide"},
        RecordedClip{.array = "offline_tall", .video = "tall"}),
    [](const auto& clip) { return clip.param.array; });

TEST_P(RecordedGemClips, AreMetWithinTheBound) {
  const RecordedClip& clip = GetParam();
  const at::Tensor expected = recorded(clip.array).flatten();
  const at::Tensor depth =
      thinned_as(depth_of(clip).slice(0, 0, std::nullopt, clip.every), expected);
  ASSERT_EQ(depth.sizes(), expected.sizes());
  expect_parity("GemDepth, whole run (relative)", clip.array, relative(depth, expected), 1e-5);
}

// All of a recorded video, [N, 3, H, W].
at::Tensor frames_of(const std::string& video) {
  const auto source = open_video(recorded_file(video + ".mkv"));
  std::vector<at::Tensor> frames;
  while (const auto frame = source->next()) frames.push_back(frame->rgb);
  return at::stack(frames);
}

// The poses that a window of the recorded clip gives.
at::Tensor poses_of(std::int64_t window) {
  constexpr WindowShape kShape(32);
  constexpr std::int64_t kBatch = 4;
  const at::Tensor frames = frames_of("clip");
  const FrameSize size = network_size({frames.size(3), frames.size(2)}, kRecordedRes);
  Networks networks(open_package(tiny_package()), c10::kCPU, c10::kFloat, /*pose=*/true);
  const c10::InferenceMode inference;
  std::vector<FrameParts> all;
  for (std::int64_t first = 0; first < frames.size(0); first += kBatch) {
    std::vector<at::Tensor> batch;
    for (std::int64_t i = first; i < first + kBatch; ++i) {
      batch.push_back(prepare_frame(frames[i], size));
    }
    const FrameParts parts = networks.parts_of(at::stack(batch), first);
    for (std::int64_t i = 0; i < kBatch; ++i) {
      all.emplace_back();
      for (const at::Tensor& part : parts) all.back().push_back(part[i]);
    }
  }
  std::vector<FrameParts> seen;
  for (const std::int64_t frame : window_frames(kShape, window, frames.size(0))) {
    seen.push_back(all[static_cast<std::size_t>(frame)]);
  }
  return networks.window(seen, size).poses;
}

TEST(RecordedPoses, AreMetWithinTheBound) {
  for (const std::int64_t window : {0, 1}) {
    const std::string name = "window" + std::to_string(window) + "_pose";
    expect_parity("GemDepth, poses (relative)", name, relative(poses_of(window), recorded(name)),
                  3e-6);
  }
}

// Of the recorded poses. Intrinsics in pixels of the networks, 224x126.
TEST(RecordedCameras, AreMetWithinTheBound) {
  const at::Tensor poses = recorded("window0_pose");
  const at::Tensor extrinsic = recorded("window0_extrinsic"),
                   intrinsic = recorded("window0_intrinsic");
  std::vector<at::Tensor> matrices;
  std::vector<float> focal, expected_focal;
  for (std::int64_t i = 0; i < poses.size(0); ++i) {
    const FrameCamera camera = camera_of(poses[i], 0);
    const auto& matrix = camera.world_to_camera;
    matrices.push_back(
        at::tensor(std::vector<double>(matrix.begin(), matrix.end())).to(at::kFloat));
    for (const auto& [axis, half_side, fov] : {std::tuple{0, 112., camera.horizontal_fov_radians},
                                               {1, 63., camera.vertical_fov_radians}}) {
      const float expected = intrinsic[i][axis][axis].item<float>();
      const double px = half_side / std::tan(fov / 2);
      ASSERT_EQ(std::isfinite(px), std::isfinite(expected)) << i;
      if (!std::isfinite(px)) continue;
      focal.push_back(static_cast<float>(px));
      expected_focal.push_back(expected);
    }
    EXPECT_EQ(intrinsic[i][0][2].item<float>(), 112);
    EXPECT_EQ(intrinsic[i][1][2].item<float>(), 63);
  }
  ASSERT_FALSE(focal.empty());
  expect_parity("GemDepth, world to camera (relative)", "window0_extrinsic",
                relative(at::stack(matrices).view({-1, 3, 4}), extrinsic.slice(1, 0, 3)), 3e-6);
  expect_parity("GemDepth, focal lengths (relative)", "window0_intrinsic",
                relative(at::tensor(focal), at::tensor(expected_focal)), 3e-6);
}

}  // namespace
}  // namespace rollingdepth::gemdepth
