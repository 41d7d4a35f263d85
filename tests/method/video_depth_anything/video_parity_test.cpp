// What the original program gave for clips, in float32 on a CPU.
#include <gtest/gtest.h>

#include "clip_run/depth_of_video.hpp"
#include "method/clip_frames.hpp"
#include "method/windows/depth_maps.hpp"
#include "method/windows/frame_features.hpp"
#include "method/windows/frames.hpp"
#include "method/windows/windows.hpp"
#include "parity_report.hpp"
#include "recorded.hpp"
#include "rollingdepth/video.hpp"
#include "solo_crew.hpp"
#include "store/spool.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::vda {
namespace {

using testing::depth_of_video;
using testing::expect_parity;
using testing::TemporaryFolder;

// Of the short edge in all recordings.
constexpr std::int64_t kRecordedRes = 126;

struct RecordedClip {
  std::string array;
  std::string video;
  std::int64_t step;  // Every so many values are recorded.
  std::int64_t frames = 0;
  Mode mode = Mode::kOffline;
  bool metric = false;
};
void PrintTo(const RecordedClip& clip, std::ostream* stream) { *stream << clip.array; }

at::Tensor depth_of(const RecordedClip& clip) {
  Options options;
  options.clip.res_px = kRecordedRes;
  options.clip.restore_res = true;
  options.clip.frame_count = clip.frames;
  options.mode = clip.mode;
  Package package = open_package(tiny_package());
  if (clip.metric) package.document["values"] = "metres";
  VideoDepthAnything method(package, options);
  return depth_of_video(recorded_file(clip.video + ".mp4"), method);
}

class RecordedClips : public ::testing::TestWithParam<RecordedClip> {};

INSTANTIATE_TEST_SUITE_P(
    All, RecordedClips,
    ::testing::Values(RecordedClip{"offline", "clip", 29},
                      RecordedClip{.array = "metric", .video = "clip", .step = 29, .metric = true},
                      RecordedClip{"offline_first1", "clip", 13, 1},
                      RecordedClip{"offline_first5", "clip", 13, 5},
                      RecordedClip{"offline_first33", "clip", 29, 33},
                      RecordedClip{"offline_wide", "wide", 13},
                      RecordedClip{"offline_tall", "tall", 13},
                      RecordedClip{"offline_odd", "odd", 13},
                      RecordedClip{"stream", "clip", 29, 52, Mode::kStreaming}),
    [](const auto& clip) { return clip.param.array; });

TEST_P(RecordedClips, AreMetWithinTheBound) {
  const RecordedClip& clip = GetParam();
  const at::Tensor expected = recorded(clip.array);
  const at::Tensor depth = thinned(depth_of(clip), clip.step);
  ASSERT_EQ(depth.sizes(), expected.sizes());
  expect_parity("Video-Depth-Anything, whole run (relative)", clip.array, relative(depth, expected),
                1e-5);
}

at::Tensor first_frame(const std::string& video) {
  return open_video(recorded_file(video + ".mp4"))->next()->rgb;
}

// Inputs of the networks.
TEST(RecordedFrames, ArePreparedAsInTheOriginal) {
  struct Recorded {
    const char* array;
    const char* video;
    std::int64_t step = 13;
  };
  for (const auto& [array, video, step] : {Recorded{"window1_input_frame0", "clip", 1},
                                           {"wide_input_frame0", "wide"},
                                           {"tall_input_frame0", "tall"},
                                           {"odd_input_frame0", "odd"}}) {
    const at::Tensor rgb = first_frame(video);
    const FrameSize size = network_size({rgb.size(2), rgb.size(1)}, kRecordedRes);
    const at::Tensor expected = recorded(array).flatten();
    const at::Tensor prepared = thinned(prepare_frame(rgb, size), step);
    ASSERT_EQ(prepared.sizes(), expected.sizes());
    expect_parity("Video-Depth-Anything, prepared frames (relative)", video,
                  relative(prepared, expected), 1e-5);
  }
}

// Window 1, whose first ten inputs are of the window before; its outputs 0, 8, 16 and 24.
TEST(RecordedWindow, IsWhatTheNetworksGive) {
  constexpr std::int64_t kFrames = 54;  // As many as the window sees.
  const FrameSize size = network_size({96, 54}, kRecordedRes);
  Networks networks(open_package(tiny_package()), c10::Device(c10::kCPU), c10::kFloat);
  const auto source = open_video(recorded_file("clip.mp4"));
  const TemporaryFolder folder;
  Spool spool({.folder = folder.path(), .job = {}});
  ClipFrames frames(*source, {}, spool);
  const CrewNetworks of_one = {&networks};
  FrameFeatures features(of_one, size, /*batch=*/4);
  testing::SoloCrew solo;
  while (frames.count() < kFrames) {
    features.read_next(
        frames, [](std::int64_t) { return true; }, solo.tasks);
  }
  const std::vector<FrameParts> of_window = features.of(window_frames(kWindow, 1, frames.count()));
  const at::Tensor paths = networks.window(of_window, size).paths;
  const at::Tensor maps = depth_maps(networks.depth(paths, of_window, size), size);
  const at::Tensor shown = maps.index_select(0, at::tensor({0, 8, 16, 24}));
  expect_parity("Video-Depth-Anything, one window (relative)", "clip",
                relative(thinned(shown, 13), recorded("window1_output")), 6e-6);
}

}  // namespace
}  // namespace rollingdepth::vda
