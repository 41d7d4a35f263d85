#include "method/rolling_depth/spool_forecast.hpp"

#include <gmock/gmock.h>

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;

PipelineOptions in_chunks(std::int64_t frames, std::int64_t overlap) {
  PipelineOptions options;
  options.res_px = 64;
  options.chunk_frames = frames;
  options.chunk_overlap = overlap;
  return options;
}

std::int64_t peak_of(std::int64_t frames, const PipelineOptions& options) {
  return forecast_spool({64, 48}, frames, ModelInfo(), sizeof(float), options).peak_bytes;
}

TEST(SpoolForecast, GrowsWithEveryFrame) {
  for (const PipelineOptions& options : {in_chunks(0, 0), in_chunks(20, 4)}) {
    std::int64_t before = 0;
    for (std::int64_t frames = 20; frames < 120; ++frames) {
      const std::int64_t peak = peak_of(frames, options);
      EXPECT_GE(peak, before) << frames;
      before = peak;
    }
  }
}

// A clip of a thousand chunks takes what the thousandth one adds, which is what the hundredth does.
TEST(SpoolForecast, OfChunksIsALine) {
  const PipelineOptions options = in_chunks(20, 4);
  const auto peak = [&](std::int64_t chunks) { return peak_of(20 + 16 * (chunks - 1), options); };
  EXPECT_EQ(peak(1000) - peak(999), peak(100) - peak(99));
  EXPECT_EQ(peak(1000) - peak(100), 900 * (peak(100) - peak(99)));
}

// Neither memory nor time, nor more than 64 bits hold.
TEST(SpoolForecast, TakesWhateverAContainerClaims) {
  for (const std::int64_t frames : {std::int64_t{1'000'000'000}, std::int64_t{4'000'000'000}}) {
    for (const PipelineOptions& options : {in_chunks(0, 0), in_chunks(10, 5)}) {
      const SpoolForecast forecast =
          forecast_spool({64, 48}, frames, ModelInfo(), sizeof(float), options);
      EXPECT_EQ(forecast.depth_bytes, frames * 64 * 48 * 4);
      EXPECT_GT(forecast.disk_bytes, forecast.depth_bytes);
    }
  }
  PipelineOptions largest = in_chunks(0, 0);
  largest.res_px = kMaxResolutionPx;
  largest.refine.steps = 2;
  EXPECT_GT(
      forecast_spool({16384, 16384}, 4'000'000'000, ModelInfo(), sizeof(float), largest).peak_bytes,
      std::int64_t{1} << 60);
}

TEST(NeedOfDisk, SaysWhatIsMissingAndWhatHelps) {
  PipelineOptions options = in_chunks(0, 0);
  options.spool.folder = ::testing::TempDir();
  EXPECT_TRUE(need_of_disk({64, 48}, 60, ModelInfo(), sizeof(float), options, 0).fits);
  const DiskNeed need =
      need_of_disk({64, 48}, 4'000'000'000, ModelInfo(), sizeof(float), options, 0);
  EXPECT_FALSE(need.fits);
  EXPECT_THAT(need.why, HasSubstr("4000000000 frames in "));
  EXPECT_THAT(need.advice, HasSubstr("--spool-dir puts it elsewhere"));
}

}  // namespace
}  // namespace rollingdepth
