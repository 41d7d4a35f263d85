#include "method/video_depth_anything/causal_frames.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "align/line_fit.hpp"
#include "base/resample.hpp"
#include "clip_run/tensor_clip.hpp"
#include "error_matchers.hpp"
#include "recorded.hpp"
#include "rollingdepth/run.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::vda {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::noise_frames;
using testing::RecordingSink;
using testing::TemporaryFolder;
using testing::TensorSource;

CausalFrames causal(std::int64_t res_px = 14) {
  return {std::make_unique<Networks>(open_package(tiny_package()), c10::kCPU, at::kFloat),
          {.res_px = res_px}};
}

at::Tensor maps_of(CausalDepth& depth, const at::Tensor& frames) {
  std::vector<at::Tensor> maps;
  for (const at::Tensor& frame : frames.unbind()) maps.push_back(depth.next(frame));
  return at::stack(maps);
}

// Of a run with --mode streaming and one frame an encoder call.
at::Tensor offline(const at::Tensor& frames) {
  Options options = tiny_options();
  options.clip.res_px = 14;
  options.mode = Mode::kStreaming;
  options.frames_per_call = 1;
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
}

// 60 frames: long past the 42 states that are remembered.
TEST(CausalFrames, GivesTheBytesOfAStreamingRun) {
  const at::Tensor frames = noise_frames(60);
  CausalFrames depth = causal();
  EXPECT_TRUE(at::equal(maps_of(depth, frames), offline(frames)));
}

TEST(CausalFrames, TakesClipsOfOneFrame) {
  const at::Tensor frames = noise_frames(1);
  CausalFrames depth = causal();
  EXPECT_TRUE(at::equal(maps_of(depth, frames), offline(frames)));
}

TEST(CausalFrames, DoesNotDependOnWhatFollows) {
  const at::Tensor frames = noise_frames(20);
  at::Tensor changed = frames.clone();
  changed.slice(0, 12).fill_(99);
  CausalFrames one = causal(), other = causal();
  const at::Tensor given = maps_of(one, frames), others = maps_of(other, changed);
  EXPECT_TRUE(at::equal(given.slice(0, 0, 12), others.slice(0, 0, 12)));
  EXPECT_FALSE(at::equal(given[12], others[12]));
}

TEST(CausalFrames, NeverChangesWhatItGave) {
  CausalFrames depth = causal();
  std::vector<at::Tensor> given, copies;
  for (const at::Tensor& frame : noise_frames(10).unbind()) {
    given.push_back(depth.next(frame));
    copies.push_back(given.back().clone());
  }
  EXPECT_TRUE(at::equal(at::stack(given), at::stack(copies)));
}

TEST(CausalFrames, ForgetsAllWhenItBeginsAnew) {
  const at::Tensor frames = noise_frames(12);
  CausalFrames fresh = causal(), depth = causal();
  const at::Tensor expected = maps_of(fresh, frames);
  maps_of(depth, noise_frames(30).flip(0));
  depth.change_res(28);
  depth.next(frames[0]);
  depth.change_res(14);
  depth.begin_anew();
  EXPECT_EQ(depth.states_remembered(), 0);
  EXPECT_TRUE(at::equal(maps_of(depth, frames), expected));
}

TEST(CausalFrames, RemembersNoMoreStatesThanFramesSee) {
  CausalFrames depth = causal();
  std::int64_t most = 0;
  for (const at::Tensor& frame : noise_frames(60).unbind()) {
    depth.next(frame);
    most = std::max(most, depth.states_remembered());
  }
  EXPECT_LE(most, kMostStates);
}

// What the networks give at the new size, with one scale and shift that fit its first map to the
// last one before it.
TEST(CausalFrames, GoesOnAtTheSameScaleAtAnotherResolution) {
  const at::Tensor frames = noise_frames(30);
  CausalFrames depth = causal(14);
  const at::Tensor last = maps_of(depth, frames.slice(0, 0, 20))[19];
  depth.change_res(28);
  const at::Tensor given = maps_of(depth, frames.slice(0, 20));
  CausalFrames networks = causal(28);
  const at::Tensor plain = maps_of(networks, frames.slice(0, 20));
  ASSERT_EQ(given.sizes(), (std::vector<std::int64_t>{10, 28, 42}));
  const at::Tensor target = resample(last.view({1, 1, 14, 28}), {.width_px = 42, .height_px = 28},
                                     ResampleMethod::kBilinear)
                                .contiguous();
  const auto pixels = static_cast<std::size_t>(target.numel());
  const Affine affine = fit_line({plain[0].contiguous().const_data_ptr<float>(), pixels},
                                 {target.const_data_ptr<float>(), pixels}, 1)
                            .affine();
  EXPECT_GT(std::abs(affine.scale - 1) + std::abs(affine.shift), 1e-3);
  EXPECT_TRUE(at::allclose(given, (plain * affine.scale + affine.shift).clamp_min(0)));
  EXPECT_EQ(depth.settings()["res"], 28);
}

TEST(CausalFrames, TakesConstantPictures) {
  CausalFrames depth = causal();
  for (int frame = 0; frame < 6; ++frame) {
    if (frame == 3) depth.change_res(28);
    const at::Tensor map = depth.next(at::full({3, 20, 30}, 40, at::kByte));
    EXPECT_TRUE(map.isfinite().all().item<bool>()) << frame;
    EXPECT_GE(map.min().item<double>(), 0) << frame;
  }
}

TEST(CausalFrames, RefusesAnotherResolutionThatIsNone) {
  CausalFrames depth = causal();
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { depth.change_res(3); }), HasSubstr("--res"));
}

TEST(CausalDepth, IsOfThePackagesKindWithTheMethodsDefaults) {
  Package package = open_package(tiny_package());
  EXPECT_EQ(load_causal_depth(package, {}, c10::kCPU, at::kFloat)->settings()["res"],
            *package.info.preferred_res);
  package.info.preferred_res.reset();
  const std::unique_ptr<CausalDepth> depth = load_causal_depth(package, {}, c10::kCPU, at::kFloat);
  EXPECT_EQ(depth->settings(), (Settings{{"method", kKind}, {"mode", "streaming"}, {"res", 518}}));
  EXPECT_EQ(depth->values(), DepthValues::kRelativeInverse);
  EXPECT_EQ(depth->processing_size({.width_px = 1036, .height_px = 1036}),
            (FrameSize{.width_px = 518, .height_px = 518}));
}

TEST(CausalDepth, RefusesPackagesOfKindsThatAreNotKnown) {
  Package package = open_package(tiny_package());
  package.info.kind = "other";
  EXPECT_THAT(
      message_of(ErrorKind::kModel, [&] { load_causal_depth(package, {}, c10::kCPU, at::kFloat); }),
      HasSubstr("kind 'other'"));
}

}  // namespace
}  // namespace rollingdepth::vda
