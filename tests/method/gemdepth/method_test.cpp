#include <gtest/gtest.h>

#include <filesystem>

#include "recorded.hpp"

namespace rollingdepth::gemdepth {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr ClipShape kClip{.size = {96, 54}, .frames = 70};

NetworkMemory memory_of(const Options& options) {
  return tiny_method(options).network_memory(kClip.size, kClip.frames, 0, c10::Device(c10::kCPU),
                                             c10::kFloat);
}

TEST(Method, PlansWindowsOfAnyShape) {
  Options options = tiny_options();
  EXPECT_EQ(tiny_method(options).plan(kClip).units, "4 of 32 frames, 22 apart");
  options.window_frames = 16;
  EXPECT_EQ(tiny_method(options).plan(kClip).units, "7 of 16 frames, 10 apart");
  options.window_frames = 8;
  EXPECT_EQ(tiny_method(options).plan(kClip).units, "17 of 8 frames, 4 apart");
  EXPECT_EQ(tiny_method(options).unit(), "windows");
}

TEST(Method, SaysWhatItGives) {
  Options options = tiny_options();
  EXPECT_EQ(tiny_method(options).values(), DepthValues::kRelativeInverse);
  EXPECT_TRUE(tiny_method(options).has_cameras());
  options.pose = false;
  EXPECT_FALSE(tiny_method(options).has_cameras());
  EXPECT_EQ(tiny_method(options).settings()["pose"], false);
  EXPECT_EQ(tiny_method(options).settings()["window"], 32);
}

TEST(Method, ForecastsAnyLengthWithoutMemory) {
  const ClipShape long_clip{.size = kClip.size, .frames = kBillion};
  const GemDepth method = tiny_method();
  const Forecast forecast = method.forecast(long_clip, c10::kFloat);
  EXPECT_EQ(forecast.depth_bytes, kBillion * 28 * 56 * 4);
  EXPECT_GT(forecast.spool_peak_bytes, forecast.depth_bytes);
  EXPECT_EQ(forecast.fuse_bytes, method.forecast(kClip, c10::kFloat).fuse_bytes);
}

// 70 frames in windows of 8: 17 windows, the last one of 6 frames.
TEST(Method, CountsTheRecordsOfItsWindows) {
  Options options = tiny_options();
  options.window_frames = 8;
  std::int64_t units = 0;
  for (const UnitRecords& records : tiny_method(options).unit_records(kClip, c10::kFloat)) {
    units += records.units;
    EXPECT_EQ(records.record_bytes, 28 * 56 * 4);
  }
  EXPECT_EQ(units, 16 * 8 + 6);
}

TEST(Method, NeedsLessMemoryForShorterWindowsAndWithoutPoses) {
  Options options = tiny_options();
  const NetworkMemory whole = memory_of(options);
  options.window_frames = 8;
  EXPECT_LT(memory_of(options).call_bytes, whole.call_bytes);
  EXPECT_EQ(memory_of(options).parameter_bytes, whole.parameter_bytes);
  options.window_frames = 32;
  options.pose = false;
  EXPECT_LT(memory_of(options).call_bytes, whole.call_bytes);
  EXPECT_LT(memory_of(options).parameter_bytes, whole.parameter_bytes);
}

}  // namespace
}  // namespace rollingdepth::gemdepth
