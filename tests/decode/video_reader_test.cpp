#include "decode/video_reader.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "clip_maker.hpp"
#include "data_file.hpp"
#include "decoded_clip.hpp"
#include "media/npy.hpp"
#include "parity_report.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::counting_source;
using testing::data_file;
using testing::DecodedClip;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::largest_difference;
using testing::mean_level;
using testing::quarter_colours;
using testing::quarters_source;
using testing::read_clip;
using testing::run_ffmpeg;
using testing::TemporaryFolder;

constexpr const char* kLosslessH264 = " -c:v libx264 -qp 0 -pix_fmt yuv420p -bf 2";

// Whether frame n has the level that counting_source() gives to picture n, for all frames: limited
// range turns level 40 + 4n into (24 + 4n) * 255 / 219.
void expect_counts_up(const DecodedClip& clip, double tolerance) {
  for (std::size_t n = 0; n < clip.frames.size(); ++n) {
    const double expected = 40.0 + 4.0 * static_cast<double>(n);
    EXPECT_NEAR(mean_level(clip.frames[n]), expected, tolerance) << "frame " << n;
  }
}

class RecordedClip : public ::testing::TestWithParam<const char*> {};

// The recording was made with another build of libav: bounds of 2 levels, 0.3 on average.
TEST_P(RecordedClip, DecodesToTheRecordedFrames) {
  const auto folder = data_file("cases") / GetParam();
  const DecodedClip clip = read_clip(folder / "clip.mp4");
  const at::Tensor decoded = at::stack(clip.frames);
  const at::Tensor recorded = read_npy(folder / "frames.npy");
  ASSERT_EQ(decoded.sizes(), recorded.sizes());
  const at::Tensor difference = (decoded.to(at::kInt) - recorded.to(at::kInt)).abs();
  testing::expect_parity("decoded frames, largest of 255", GetParam(),
                         difference.max().item<double>(), 2);
  testing::expect_parity("decoded frames, mean of 255", GetParam(),
                         difference.to(at::kDouble).mean().item<double>(), 0.3);
  EXPECT_THAT(clip.warnings, IsEmpty());
  EXPECT_EQ(clip.info.frames_estimate, decoded.size(0));
  EXPECT_EQ(clip.info.frame_rate, (Rational{24, 1}));
  EXPECT_FALSE(clip.info.variable_frame_rate);
}

INSTANTIATE_TEST_SUITE_P(Cases, RecordedClip, ::testing::Values("fast", "full", "pairs", "paper"),
                         [](const auto& test) { return std::string(test.param); });

TEST(VideoReader, GivesEveryFrameInOrderToTheLast) {
  const TemporaryFolder folder;
  const auto file = folder / "count.mp4";
  run_ffmpeg(counting_source(37) + kLosslessH264, file);
  const DecodedClip clip = read_clip(file);
  ASSERT_EQ(clip.frames.size(), 37u);
  expect_counts_up(clip, 1.5);
  EXPECT_EQ(clip.info.frames_estimate, 37);
  EXPECT_EQ(clip.info.name, "count.mp4");
  EXPECT_NEAR(clip.times_seconds.back() - clip.times_seconds.front(), 36 / 25.0, 1e-9);
}

// More packets than are read ahead, in containers with and without an index.
TEST(VideoReader, GivesEveryFrameOfALongerClip) {
  const TemporaryFolder folder;
  for (const char* name : {"long.mp4", "long.mkv", "long.ts", "long.avi"}) {
    const auto file = folder / name;
    run_ffmpeg("-f lavfi -i testsrc2=s=32x32:r=30000/1001 -frames:v 700 -c:v mpeg4 -bf 2", file);
    const DecodedClip clip = read_clip(file);
    EXPECT_EQ(clip.frames.size(), 700u) << name;
    EXPECT_FALSE(clip.info.variable_frame_rate) << name;
    EXPECT_NEAR(clip.info.frame_rate.value(), 29.97, 1e-3) << name;
    ASSERT_TRUE(clip.info.frames_estimate) << name;
    EXPECT_NEAR(static_cast<double>(*clip.info.frames_estimate), 700, 3) << name;
    EXPECT_THAT(clip.warnings, IsEmpty()) << name;
  }
}

TEST(VideoReader, KeepsTheTimesOfAVariableRate) {
  const TemporaryFolder folder;
  for (const char* name : {"variable.mp4", "variable.mkv"}) {
    const auto file = folder / name;
    run_ffmpeg(counting_source(5) + " -vf \"setpts='(N*N+10)/25/TB'\" -vsync vfr" + kLosslessH264,
               file);
    const DecodedClip clip = read_clip(file);
    ASSERT_EQ(clip.times_seconds.size(), 5u) << name;
    std::vector<double> since_first;
    for (const double time : clip.times_seconds) {
      since_first.push_back(time - clip.times_seconds.front());
    }
    EXPECT_THAT(since_first, ElementsAre(0, DoubleNear(0.04, 1e-3), DoubleNear(0.16, 1e-3),
                                         DoubleNear(0.36, 1e-3), DoubleNear(0.64, 1e-3)))
        << name;
    EXPECT_TRUE(clip.info.variable_frame_rate) << name;
  }
}

TEST(VideoReader, CountsOnWhereAFileHasNoTimes) {
  const TemporaryFolder folder;
  const auto file = folder / "raw.h264";
  run_ffmpeg(counting_source(12) + kLosslessH264, file);
  const DecodedClip clip = read_clip(file);
  ASSERT_EQ(clip.frames.size(), 12u);
  for (std::size_t n = 1; n < 12; ++n) {
    EXPECT_NEAR(clip.times_seconds[n] - clip.times_seconds[n - 1], 0.04, 1e-6) << "frame " << n;
  }
}

struct Turn {
  const char* name;
  std::array<double, 4> matrix;
  const char* quarters;  ///< As shown; stored is "rgbw".
  bool on_its_side;
};
class DisplayMatrix : public ::testing::TestWithParam<Turn> {};

TEST_P(DisplayMatrix, IsHonoured) {
  const Turn& turn = GetParam();
  const TemporaryFolder folder;
  const auto file = folder / "turned.mp4";
  run_ffmpeg(quarters_source(2) + kLosslessH264, file);
  testing::set_display_matrix(file, turn.matrix);
  const DecodedClip clip = read_clip(file);
  ASSERT_EQ(clip.frames.size(), 2u);
  EXPECT_EQ(quarter_colours(clip.frames[1]), turn.quarters);
  EXPECT_EQ(clip.info.width_px, turn.on_its_side ? 48 : 64);
  EXPECT_EQ(clip.info.height_px, turn.on_its_side ? 64 : 48);
  EXPECT_THAT(clip.warnings, IsEmpty());
}

// Clockwise by 90 degrees, "rg/bw" becomes "br/wg".
INSTANTIATE_TEST_SUITE_P(Turns, DisplayMatrix,
                         ::testing::Values(Turn{"upright", {1, 0, 0, 1}, "rgbw", false},
                                           Turn{"by90", {0, 1, -1, 0}, "brwg", true},
                                           Turn{"by180", {-1, 0, 0, -1}, "wbgr", false},
                                           Turn{"by270", {0, -1, 1, 0}, "gwrb", true},
                                           Turn{"mirrored", {-1, 0, 0, 1}, "grwb", false},
                                           Turn{"upside_down", {1, 0, 0, -1}, "bwrg", false},
                                           Turn{"transposed", {0, 1, 1, 0}, "rbgw", true}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(VideoReader, IgnoresASlantWithAWarning) {
  const TemporaryFolder folder;
  const auto file = folder / "slanted.mp4";
  run_ffmpeg(quarters_source(1) + kLosslessH264, file);
  testing::set_display_matrix(file, {0.8, 0.6, -0.6, 0.8});
  const DecodedClip clip = read_clip(file);
  EXPECT_EQ(quarter_colours(clip.frames.at(0)), "rgbw");
  EXPECT_THAT(clip.warnings, ElementsAre(HasSubstr("rotation")));
}

TEST(VideoReader, MakesPixelsSquare) {
  const TemporaryFolder folder;
  const auto file = folder / "anamorphic.mp4";
  run_ffmpeg(quarters_source(1) + " -vf setsar=3/2" + kLosslessH264, file);
  const DecodedClip clip = read_clip(file);
  EXPECT_EQ(clip.info.width_px, 96);
  EXPECT_EQ(clip.info.height_px, 48);
  EXPECT_EQ(quarter_colours(clip.frames.at(0)), "rgbw");
}

TEST(VideoReader, MakesPixelsSquareBeforeTurning) {
  const TemporaryFolder folder;
  const auto file = folder / "turned.mp4";
  run_ffmpeg(quarters_source(1) + " -vf setsar=3/2" + kLosslessH264, file);
  testing::set_display_matrix(file, {0, 1, -1, 0});
  const DecodedClip clip = read_clip(file);
  EXPECT_EQ(clip.info.width_px, 48);
  EXPECT_EQ(clip.info.height_px, 96);
  EXPECT_EQ(quarter_colours(clip.frames.at(0)), "brwg");
}

TEST(VideoReader, ScalesToTheFirstSizeWhenItChanges) {
  const TemporaryFolder folder;
  const auto small = folder / "small.ts";
  const auto large = folder / "large.ts";
  run_ffmpeg(quarters_source(5) + kLosslessH264, small);
  run_ffmpeg(quarters_source(6) + " -vf scale=160:90:flags=neighbor,setsar=1" + kLosslessH264,
             large);
  std::vector<char> joined = testing::read_bytes(small);
  const std::vector<char> tail = testing::read_bytes(large);
  joined.insert(joined.end(), tail.begin(), tail.end());
  const auto file = folder / "joined.ts";
  testing::write_bytes(file, joined);
  const DecodedClip clip = read_clip(file);
  ASSERT_EQ(clip.frames.size(), 11u);
  EXPECT_EQ(clip.info.width_px, 64);
  EXPECT_EQ(quarter_colours(clip.frames.back()), "rgbw");
  EXPECT_THAT(clip.warnings, ElementsAre(HasSubstr("size changes to 160x90")));
  for (std::size_t n = 1; n < 11; ++n) {
    EXPECT_GT(clip.times_seconds[n], clip.times_seconds[n - 1]) << "frame " << n;
  }
}

TEST(VideoReader, ReadsOddSizes) {
  const TemporaryFolder folder;
  const auto file = folder / "odd.mkv";
  run_ffmpeg(
      quarters_source(3) + " -vf scale=67:45:flags=neighbor,setsar=1 -c:v ffv1 -pix_fmt yuv420p",
      file);
  const DecodedClip clip = read_clip(file);
  EXPECT_EQ(clip.info.width_px, 67);
  EXPECT_EQ(clip.info.height_px, 45);
  EXPECT_EQ(quarter_colours(clip.frames.at(2)), "rgbw");
}

TEST(VideoReader, ReadsInterlacedPicturesAsStored) {
  const TemporaryFolder folder;
  const auto file = folder / "interlaced.mpg";
  run_ffmpeg(quarters_source(9) + " -c:v mpeg2video -q:v 1 -flags +ildct+ilme -top 1", file);
  const DecodedClip clip = read_clip(file);
  ASSERT_EQ(clip.frames.size(), 9u);
  EXPECT_EQ(quarter_colours(clip.frames.back()), "rgbw");
}

TEST(VideoReader, SkipsCoverArtForTheRealVideo) {
  const TemporaryFolder folder;
  const auto cover = folder / "cover.png";
  const auto clip_file = folder / "plain.mp4";
  const auto file = folder / "with_cover.mp4";
  run_ffmpeg("-f lavfi -i color=gray:s=640x480 -frames:v 1", cover);
  run_ffmpeg(quarters_source(4) + kLosslessH264, clip_file);
  run_ffmpeg("-i \"" + cover.string() + "\" -i \"" + clip_file.string() +
                 "\" -map 0 -map 1 -c copy -disposition:v:0 attached_pic",
             file);
  const DecodedClip clip = read_clip(file);
  EXPECT_EQ(clip.frames.size(), 4u);
  EXPECT_EQ(clip.info.width_px, 64);
}

TEST(VideoReader, OpensNamesThatLookLikeProtocols) {
  const TemporaryFolder folder;
  const auto file = folder / "http: %d & clip.mp4";
  run_ffmpeg(quarters_source(1) + kLosslessH264, folder / "clip.mp4");
  std::filesystem::rename(folder / "clip.mp4", file);
  EXPECT_EQ(read_clip(file).frames.size(), 1u);
}

}  // namespace
}  // namespace rollingdepth
