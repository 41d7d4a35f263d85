#include "method/rolling_depth/spool_forecast.hpp"

#include <gmock/gmock.h>

namespace rollingdepth {
namespace {

RollingDepthOptions in_chunks(std::int64_t frames, std::int64_t overlap) {
  RollingDepthOptions options;
  options.clip.res_px = 64;
  options.chunk_frames = frames;
  options.chunk_overlap = overlap;
  return options;
}

std::int64_t peak_of(std::int64_t frames, const RollingDepthOptions& options) {
  return forecast_spool({64, 48}, frames, ModelInfo(), sizeof(float), options).spool_peak_bytes;
}

TEST(SpoolForecast, GrowsWithEveryFrame) {
  for (const RollingDepthOptions& options : {in_chunks(0, 0), in_chunks(20, 4)}) {
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
  const RollingDepthOptions options = in_chunks(20, 4);
  const auto peak = [&](std::int64_t chunks) { return peak_of(20 + 16 * (chunks - 1), options); };
  EXPECT_EQ(peak(1000) - peak(999), peak(100) - peak(99));
  EXPECT_EQ(peak(1000) - peak(100), 900 * (peak(100) - peak(99)));
}

// Neither memory nor time, nor more than 64 bits hold.
TEST(SpoolForecast, TakesWhateverAContainerClaims) {
  for (const std::int64_t frames : {std::int64_t{1'000'000'000}, std::int64_t{4'000'000'000}}) {
    for (const RollingDepthOptions& options : {in_chunks(0, 0), in_chunks(10, 5)}) {
      const Forecast forecast =
          forecast_spool({64, 48}, frames, ModelInfo(), sizeof(float), options);
      EXPECT_EQ(forecast.depth_bytes, frames * 64 * 48 * 4);
      EXPECT_GT(forecast.spool_kept_bytes, forecast.depth_bytes);
    }
  }
  RollingDepthOptions largest = in_chunks(0, 0);
  largest.clip.res_px = kMaxResolutionPx;
  largest.refine.steps = 2;
  EXPECT_GT(forecast_spool({16384, 16384}, 4'000'000'000, ModelInfo(), sizeof(float), largest)
                .spool_peak_bytes,
            std::int64_t{1} << 60);
}

}  // namespace
}  // namespace rollingdepth
