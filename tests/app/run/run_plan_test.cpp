#include "app/run/run_plan.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "method/rolling_depth/rolling_depth.hpp"

namespace rollingdepth {
namespace {

// A model of 100 MB of half-precision parameters and a clip of 60 frames of 640 x 480.
class MemoryOfARun : public ::testing::Test {
 protected:
  MemoryOfARun() {
    options_.clip.res_px = 640;
    run_.colormaps.clear();
    run_.outputs["sbs"] = false;
  }

  RunPlan plan(c10::Device device, c10::ScalarType dtype) const {
    const ClipInfo clip{.name = "clip.mp4",
                        .width_px = 640,
                        .height_px = 480,
                        .frame_rate = {24, 1},
                        .time_base = {1, 24},
                        .frames_estimate = 60};
    return plan_run(clip, run_, RollingDepth({}, info_, options_),
                    {.file_bytes = 100'000'000, .devices = {device}, .dtype = dtype},
                    SpoolPlace{}.memory_limit_bytes);
  }
  std::uint64_t on_cpu(c10::ScalarType dtype) const {
    return plan(c10::Device(c10::kCPU), dtype).memory_bytes;
  }

  RunOptions run_;
  RollingDepthOptions options_;
  ModelInfo info_;
};

TEST_F(MemoryOfARun, GrowsWithTheFramesOfACall) {
  options_.batch = {.vae_frames = 1, .snippets = 1};
  const std::uint64_t one = on_cpu(c10::kFloat);
  options_.batch.vae_frames = 2;
  const std::uint64_t two = on_cpu(c10::kFloat);
  options_.batch.vae_frames = 4;
  EXPECT_NEAR(static_cast<double>(on_cpu(c10::kFloat)), static_cast<double>(3 * two - 2 * one), 3);
  // At least 125 values of four bytes a pixel.
  EXPECT_GE(two - one, 640 * 480 * 125 * 4U);
}

TEST_F(MemoryOfARun, CountsNoMoreFramesOfACallThanThereAre) {
  options_.clip.frame_count = 1;
  options_.batch = {.vae_frames = 1, .snippets = 1};
  const std::uint64_t one = on_cpu(c10::kFloat);
  options_.batch.vae_frames = 8;
  EXPECT_EQ(on_cpu(c10::kFloat), one);
}

TEST_F(MemoryOfARun, CountsNetworksThatStayInFloat32) {
  const std::uint64_t in_bfloat16 = on_cpu(c10::kBFloat16);
  const std::uint64_t in_half = on_cpu(c10::kHalf);
  EXPECT_EQ(in_bfloat16, in_half);
  info_.float32_in["encoder"] = {c10::kBFloat16};
  // As much again for 125 values or more of two bytes.
  EXPECT_GE(on_cpu(c10::kBFloat16) - in_bfloat16, 640 * 480 * 125 * 2U);
  EXPECT_LT(on_cpu(c10::kBFloat16), on_cpu(c10::kFloat));
  EXPECT_EQ(on_cpu(c10::kHalf), in_half);
  info_.float32_in["decoder"] = {c10::kHalf};
  EXPECT_EQ(on_cpu(c10::kHalf), on_cpu(c10::kBFloat16));
}

TEST_F(MemoryOfARun, TellsTheNetworksOfAGpuApart) {
  EXPECT_FALSE(plan(c10::Device(c10::kCPU), c10::kHalf).gpu_memory_bytes.has_value());
  EXPECT_FALSE(plan(c10::Device(c10::kMPS), c10::kHalf).gpu_memory_bytes.has_value());
  // Sizes that are asked for; others would be chosen for the GPU's free memory.
  const auto of_frames = [&](std::int64_t frames) {
    options_.batch = {.vae_frames = frames, .snippets = 1};
    return plan(c10::Device(c10::kCUDA), c10::kHalf);
  };
  const RunPlan one = of_frames(1), five = of_frames(5);
  ASSERT_TRUE(one.gpu_memory_bytes.has_value());
  // Parameters and at least 125 values of two bytes a pixel and frame.
  EXPECT_GT(*one.gpu_memory_bytes, 100'000'000U + 640 * 480 * 125 * 2U);
  EXPECT_GE(*five.gpu_memory_bytes - *one.gpu_memory_bytes, 4 * 640 * 480 * 125 * 2U);
  EXPECT_EQ(five.memory_bytes, one.memory_bytes);
  const std::string text = plan_text("clip.mp4", {}, one, {});
  EXPECT_NE(text.find(" of the GPU's\n"), std::string::npos) << text;
}

// Peaks of runs with the default model, a tiny processing size and --restore-res: what is written
// decides. In millions of bytes, 7680 x 4320 and 1920 x 1080 pixels.
TEST_F(MemoryOfARun, IsWithinAQuarterOfPeaksWithFewLargeFrames) {
  struct Peak {
    std::int64_t width_px, height_px, frames;
    std::vector<std::string> colormaps;
    bool side_by_side;
    std::string depth_video;
    double bytes;
  };
  const std::vector<std::string> none, one = {"Greys_r"}, two = {"Greys_r", "Spectral_r"};
  const std::vector<Peak> peaks = {
      {7680, 4320, 1, none, false, {}, 941e6},      {7680, 4320, 1, one, false, {}, 1111e6},
      {7680, 4320, 1, two, false, {}, 1508e6},      {7680, 4320, 3, none, false, {}, 1569e6},
      {7680, 4320, 3, one, false, {}, 1817e6},      {1920, 1080, 1, none, true, {}, 356e6},
      {1920, 1080, 1, none, false, "ffv1", 618e6},  {1920, 1080, 3, none, false, "h265", 419e6},
      {1920, 1080, 8, two, false, {}, 620e6},       {1920, 1080, 8, none, true, {}, 643e6},
      {1920, 1080, 8, none, false, "h265", 644e6},  {1920, 1080, 20, two, false, {}, 882e6},
      {1920, 1080, 48, two, false, {}, 958e6},      {1920, 1080, 48, none, true, {}, 996e6},
      {1920, 1080, 48, none, false, "h265", 1199e6}};
  constexpr std::uint64_t kModelBytes = 13'400'000;
  options_.clip.res_px = 64;
  run_.restore_res = options_.clip.restore_res = true;
  run_.resume = false;
  for (const Peak& peak : peaks) {
    run_.colormaps = peak.colormaps;
    run_.outputs["sbs"] = peak.side_by_side;
    for (const char* video : {"ffv1", "h265"}) run_.outputs[video] = peak.depth_video == video;
    const RunPlan planned = plan_run(
        {.name = "clip.mp4",
         .width_px = peak.width_px,
         .height_px = peak.height_px,
         .frame_rate = {25, 1},
         .time_base = {1, 25},
         .frames_estimate = peak.frames},
        run_, RollingDepth({}, info_, options_),
        {.file_bytes = kModelBytes, .devices = {c10::Device(c10::kCPU)}, .dtype = c10::kFloat},
        SpoolPlace{}.memory_limit_bytes);
    const double share = static_cast<double>(planned.memory_bytes) / peak.bytes;
    EXPECT_GT(share, 0.75) << peak.width_px << ", frames " << peak.frames;
    EXPECT_LT(share, 1.25) << peak.width_px << ", frames " << peak.frames;
  }
}

// 60 frames in shots of 20, 35 and 5.
TEST_F(MemoryOfARun, IsThatOfTheShotsInAList) {
  const RunPlan whole = plan(c10::Device(c10::kCPU), c10::kFloat);
  run_.scenes.choose("list.csv");
  run_.scenes.listed.cuts = {20, 55};
  const RunPlan shots = plan(c10::Device(c10::kCPU), c10::kFloat);
  const RollingDepth method({}, info_, options_);
  const auto alone = [&](std::int64_t frames) {
    return method.forecast({.size = {640, 480}, .frames = frames}, c10::kFloat);
  };
  EXPECT_EQ(shots.forecast.depth_bytes, whole.forecast.depth_bytes);
  EXPECT_EQ(shots.forecast.fuse_bytes, alone(35).fuse_bytes);
  EXPECT_EQ(shots.spool_bytes, whole.forecast.depth_bytes + alone(35).spool_peak_bytes);
  const std::string text = plan_text("clip.mp4", {}, shots, {});
  EXPECT_NE(text.find("\n  snippets  "), std::string::npos) << text;
  EXPECT_NE(text.find(" in 3 shots\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n  shots     3, listed in list.csv\n"), std::string::npos) << text;
  options_.clip.start_frame = 20;  // Frames of the clip before it do not count.
  EXPECT_EQ(plan(c10::Device(c10::kCPU), c10::kFloat).shots, "2, listed in list.csv");
}

// What the container only estimates is not told as if it were counted.
TEST(Headline, SaysAboutWhereFramesAreNotCounted) {
  ClipInfo clip{.name = "clip.ts",
                .width_px = 64,
                .height_px = 48,
                .frame_rate = {25, 1},
                .time_base = {1, 90000},
                .frames_estimate = 700};
  ClipOptions options;
  const auto line = [&] { return clip_line("clip.ts", clip, options, {64, 48}); };
  EXPECT_EQ(line(), "clip.ts · 64×48, about 700 frames at 25 fps → 64×48");
  options.start_frame = 100;
  EXPECT_EQ(line(), "clip.ts · 64×48, about 600 frames at 25 fps → 64×48");
  options.frame_count = 5;
  EXPECT_EQ(line(), "clip.ts · 64×48, 5 frames at 25 fps → 64×48");
  options = {};
  clip.frames_exact = true;
  clip.deinterlaced = true;
  EXPECT_EQ(line(), "clip.ts · 64×48, 700 frames at 25 fps, deinterlaced → 64×48");
}

TEST_F(MemoryOfARun, CountsTheEncodersOfVideos) {
  const std::uint64_t without = on_cpu(c10::kHalf);
  run_.colormaps.assign(20, "viridis");
  EXPECT_GT(on_cpu(c10::kHalf), without);
}

}  // namespace
}  // namespace rollingdepth
