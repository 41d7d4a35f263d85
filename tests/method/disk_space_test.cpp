#include "method/disk_space.hpp"

#include <gmock/gmock.h>

#include "method/rolling_depth/rolling_depth.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;

DiskNeed need_of(std::int64_t frames) {
  RollingDepthOptions options;
  options.clip.res_px = 64;
  const RollingDepth method({}, ModelInfo(), options);
  SpoolPlace place;
  place.folder = ::testing::TempDir();
  return need_of_disk(
      {.method = method, .clip = {.size = {64, 48}, .frames = frames}, .dtype = at::kFloat}, place,
      0);
}

TEST(NeedOfDisk, SaysWhatIsMissingAndWhatHelps) {
  EXPECT_TRUE(need_of(60).fits);
  const DiskNeed need = need_of(4'000'000'000);
  EXPECT_FALSE(need.fits);
  EXPECT_THAT(need.why, HasSubstr("4000000000 frames in "));
  EXPECT_THAT(need.advice, HasSubstr("--spool-dir puts it elsewhere"));
}

// What is kept and what is written lie there together at the end.
TEST(DiskBytes, CountOutputsBesideWhatTheSpoolKeeps) {
  const Forecast forecast{.spool_peak_bytes = 1000, .spool_kept_bytes = 600, .depth_bytes = 400};
  EXPECT_EQ(disk_bytes(forecast, 0), 1000);
  EXPECT_EQ(disk_bytes(forecast, 2), 1000);
  EXPECT_EQ(disk_bytes(forecast, 8), 600 + 800);
}

}  // namespace
}  // namespace rollingdepth
