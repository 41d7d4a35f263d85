#include <gtest/gtest.h>

#include "method/video_depth_anything/video_depth_anything.hpp"
#include "recorded.hpp"

namespace rollingdepth::vda {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr ClipShape kClip{.size = {96, 54}, .frames = 70};

TEST(Method, PlansWindowsOrFrames) {
  Options options = tiny_options();
  EXPECT_EQ(tiny_method(options).plan(kClip).units, "4 of 32 frames, 22 apart");
  EXPECT_EQ(tiny_method(options).unit(), "windows");
  options.mode = Mode::kStreaming;
  EXPECT_EQ(tiny_method(options).plan(kClip).units, "70, each after those before");
  EXPECT_EQ(tiny_method(options).unit(), "frames");
}

TEST(Method, ForecastsDepthAtTheSizeOfTheOutput) {
  Options options = tiny_options();
  const Forecast processing = tiny_method(options).forecast(kClip, c10::kFloat);
  EXPECT_EQ(processing.depth_bytes, 70 * 28 * 56 * 4);
  options.clip.restore_res = true;
  EXPECT_EQ(tiny_method(options).forecast(kClip, c10::kFloat).depth_bytes, 70 * 54 * 96 * 4);
}

TEST(Method, ForecastsAnyLengthWithoutMemory) {
  const ClipShape long_clip{.size = {96, 54}, .frames = kBillion};
  for (const Mode mode : {Mode::kOffline, Mode::kStreaming}) {
    Options options = tiny_options();
    options.mode = mode;
    const Forecast forecast = tiny_method(options).forecast(long_clip, c10::kFloat);
    EXPECT_GT(forecast.spool_peak_bytes, forecast.depth_bytes);
    // What is held while windows are stitched does not grow.
    EXPECT_EQ(forecast.fuse_bytes, tiny_method(options).forecast(kClip, c10::kFloat).fuse_bytes);
  }
}

TEST(Method, SaysWhatItsDepthIs) {
  EXPECT_EQ(tiny_method().values(), DepthValues::kRelativeInverse);
  EXPECT_EQ(tiny_method().settings()["mode"], "offline");
}

TEST(Method, TakesTheFramesOfACallThatAreAskedFor) {
  Options options = tiny_options();
  const auto frames = [&] {
    return tiny_method(options)
        .batch_sizes({96, 54}, c10::Device(c10::kCPU), c10::kFloat, 0)
        .vae_frames;
  };
  EXPECT_GT(frames(), 1);  // Small pictures.
  options.frames_per_call = 3;
  EXPECT_EQ(frames(), 3);
}

}  // namespace
}  // namespace rollingdepth::vda
