#include "decode/deinterlacer.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "clip_maker.hpp"
#include "decoded_clip.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using testing::counting_source;
using testing::DecodedClip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::largest_difference;
using testing::read_bytes;
using testing::read_clip;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;

// A white bar that moves by 4 pixels a field, two fields woven into each picture.
std::string moving_bar(int frames) {
  return "-f lavfi -i \"color=black:s=96x48:r=50,format=gray,"
         "geq=lum='if(between(X-4*N,0,11),235,16)',interlace=lowpass=0:scan=tff,format=yuv420p\""
         " -frames:v " +
         std::to_string(frames) + " -c:v mpeg2video -q:v 1 -bf 0 -flags +ildct+ilme -top 1";
}

DecodedClip read_deinterlaced(const fs::path& file) {
  return testing::read_all(*open_video(file, {.deinterlaces = true}));
}

// The largest mean step from one row to the next: large where rows are combed.
double combing(const at::Tensor& rgb) {
  const at::Tensor rows = rgb[1].to(at::kDouble);
  return (rows.slice(0, 1) - rows.slice(0, 0, -1)).abs().mean().item<double>();
}

TEST(Deinterlacer, MakesOneWholePictureOfEach) {
  const TemporaryFolder folder;
  const fs::path file = folder / "fields.mpg";
  run_ffmpeg(moving_bar(10), file);
  const DecodedClip woven = read_clip(file), whole = read_deinterlaced(file);
  EXPECT_FALSE(woven.info.deinterlaced);
  EXPECT_TRUE(whole.info.deinterlaced);
  ASSERT_EQ(woven.frames.size(), 10U);
  ASSERT_EQ(whole.frames.size(), 10U);
  EXPECT_EQ(whole.times.ticks, woven.times.ticks);
  EXPECT_EQ(whole.times.time_base, woven.times.time_base);
  EXPECT_THAT(whole.warnings, IsEmpty());
  for (std::size_t n = 0; n < 10; ++n) {
    EXPECT_GT(combing(woven.frames[n]), 10) << "frame " << n;
    EXPECT_LT(combing(whole.frames[n]), combing(woven.frames[n]) / 3) << "frame " << n;
    // The field that is kept is the first one: its bar begins at 8 n.
    const at::Tensor columns = whole.frames[n][1].to(at::kDouble).mean(0);
    const std::int64_t left = 8 * static_cast<std::int64_t>(n);
    EXPECT_GT(columns.slice(0, left + 2, left + 10).mean().item<double>(), 200) << "frame " << n;
  }
}

TEST(Deinterlacer, GivesAClipOfOnePicture) {
  const TemporaryFolder folder;
  const fs::path file = folder / "one.mpg";
  run_ffmpeg(moving_bar(1), file);
  EXPECT_EQ(read_deinterlaced(file).frames.size(), 1U);
}

TEST(Deinterlacer, GivesEveryPictureWhereTheSizeChanges) {
  const TemporaryFolder folder;
  const fs::path file = folder / "joined.ts", tail = folder / "tail.ts";
  run_ffmpeg(moving_bar(6), file);
  run_ffmpeg(
      "-f lavfi -i testsrc2=s=64x64:r=25 -frames:v 7 -c:v mpeg2video -bf 0"
      " -flags +ildct+ilme -top 1",
      tail);
  std::vector<char> bytes = read_bytes(file);
  const std::vector<char> more = read_bytes(tail);
  bytes.insert(bytes.end(), more.begin(), more.end());
  write_bytes(file, bytes);
  const DecodedClip woven = read_clip(file), whole = read_deinterlaced(file);
  ASSERT_GE(woven.frames.size(), 12U);  // The decoder drops the one that waits at the change.
  EXPECT_EQ(whole.frames.size(), woven.frames.size());
  EXPECT_EQ(whole.times.ticks, woven.times.ticks);
}

TEST(Deinterlacer, LeavesOtherPicturesAsTheyAreAndSaysSo) {
  const TemporaryFolder folder;
  const fs::path file = folder / "plain.mp4";
  run_ffmpeg(counting_source(5) + " -c:v libx264 -qp 0 -pix_fmt yuv420p", file);
  const DecodedClip plain = read_clip(file), passed = read_deinterlaced(file);
  ASSERT_EQ(passed.frames.size(), 5U);
  for (std::size_t n = 0; n < 5; ++n) {
    EXPECT_EQ(largest_difference(plain.frames[n], passed.frames[n]), 0) << "frame " << n;
  }
  EXPECT_THAT(passed.warnings, ElementsAre(HasSubstr("no picture is marked as interlaced")));
}

}  // namespace
}  // namespace rollingdepth
