// What a run asks of its outputs before the networks start.
#include <gmock/gmock.h>

#include <fstream>

#include "error_matchers.hpp"
#include "temporary_folder.hpp"
#include "write/depth_files.hpp"
#include "write/encoder.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::TemporaryFolder;

DepthClipInfo clip_of(std::int64_t width_px, std::int64_t height_px) {
  return {.frames = 1,
          .height_px = height_px,
          .width_px = width_px,
          .min = 0,
          .max = 1,
          .frame_rate = {25, 1},
          .time_base = {1, 25}};
}

/// FFV1 in Matroska, small.
EncoderSettings small_ffv1() {
  EncoderSettings settings;
  settings.codec = "ffv1";
  settings.container = "matroska";
  settings.pixel_format = AV_PIX_FMT_GRAY16LE;
  settings.width_px = 64;
  settings.height_px = 48;
  return settings;
}

class EncoderTrial : public ::testing::Test {
 protected:
  std::string refusal(const EncoderSettings& settings) {
    const VideoOptions options{.frame_rate = {25, 1}, .time_base = {1, 25}};
    return message_of(ErrorKind::kOutput,
                      [&] { Encoder::try_out(folder_ / "a.mkv", settings, options); });
  }

  TemporaryFolder folder_;
};

TEST_F(EncoderTrial, PassesWhatCanBeWrittenAndWritesNothing) {
  std::ofstream(folder_ / "a.mkv.partial") << "another run's";
  Encoder::try_out(folder_ / "a.mkv", small_ffv1(), {.frame_rate = {25, 1}, .time_base = {1, 25}});
  EXPECT_THAT(folder_.names(), ::testing::ElementsAre("a.mkv.partial"));
}

TEST_F(EncoderTrial, NamesAnEncoderThatIsMissing) {
  EncoderSettings settings = small_ffv1();
  settings.codec = "libmissing";
  EXPECT_EQ(refusal(settings), "cannot write " + (folder_ / "a.mkv").string() +
                                   ": the FFmpeg libraries have no encoder libmissing");
}

TEST_F(EncoderTrial, NamesAContainerThatIsMissing) {
  EncoderSettings settings = small_ffv1();
  settings.container = "missing";
  EXPECT_THAT(refusal(settings), HasSubstr("the FFmpeg libraries cannot write missing"));
}

TEST_F(EncoderTrial, TellsAPixelFormatThatTheEncoderLacks) {
  EncoderSettings settings = small_ffv1();
  settings.pixel_format = AV_PIX_FMT_NV12;
  EXPECT_THAT(refusal(settings), HasSubstr("ffv1 cannot be opened"));
}

TEST_F(EncoderTrial, TellsACodecThatTheContainerDoesNotHold) {
  EncoderSettings settings = small_ffv1();
  settings.container = "webm";
  EXPECT_THAT(refusal(settings), HasSubstr("cannot write "));
  EXPECT_THAT(folder_.names(), IsEmpty());
}

// MPEG-4 counts at most 65,535 ticks a second.
TEST_F(EncoderTrial, TellsARateThatTheEncoderDoesNotTake) {
  EncoderSettings settings = small_ffv1();
  settings.codec = "mpeg4";
  settings.pixel_format = AV_PIX_FMT_YUV420P;
  EXPECT_THAT(message_of(ErrorKind::kOutput,
                         [&] {
                           Encoder::try_out(folder_ / "a.mkv", settings,
                                            {.frame_rate = {100000, 1}, .time_base = {1, 25}});
                         }),
              HasSubstr("mpeg4 does not take 100000/1 frames a second"));
}

// x264 takes sides of up to 16,384 pixels: a side by side has two widths and a gap of ten.
TEST(VideoChecks, KnowTheLargestPicturesOfTheirEncoder) {
  const DepthClipInfo fits = clip_of(8187, 16), too_wide = clip_of(8188, 16);
  check_side_by_side("a.mp4", fits, std::nullopt);
  EXPECT_EQ(
      message_of(ErrorKind::kOutput, [&] { check_side_by_side("a.mp4", too_wide, std::nullopt); }),
      "cannot write a.mp4: libx264 does not take pictures of 16386×16 pixels");
  check_color_video("a.mp4", too_wide, std::nullopt);
}

// Every size that a depth map can have is written, padded where it must be.
TEST(VideoChecks, PassTheSmallestAndOddSizes) {
  for (const auto& [width, height] : {std::pair{1, 1}, {2, 2}, {8, 8}, {51, 37}, {3, 400}}) {
    const DepthClipInfo clip = clip_of(width, height);
    check_color_video("a.mp4", clip, std::nullopt);
    check_side_by_side("a.mp4", clip, std::nullopt);
    check_depth_video("a.mkv", DepthVideo::kFfv1, clip, std::nullopt);
  }
  check_depth_video("a.mp4", DepthVideo::kHevc, clip_of(51, 37), std::nullopt);
}

// What a check passes, a sink writes, and what it refuses, a sink refuses: they open the same.
TEST(VideoChecks, AgreeWithTheirSinks) {
  const TemporaryFolder folder;
  for (const auto& [width, height] : {std::pair{1, 1}, {8, 8}, {31, 16}, {64, 31}, {64, 64}}) {
    const DepthClipInfo clip = clip_of(width, height);
    std::string checked, begun;
    try {
      check_depth_video(folder / "a.mp4", DepthVideo::kHevc, clip, std::nullopt);
    } catch (const std::exception& error) {
      checked = describe(error);
    }
    try {
      make_depth_video_sink(folder / "a.mp4", DepthVideo::kHevc, std::nullopt)->begin(clip);
    } catch (const std::exception& error) {
      begun = describe(error);
    }
    EXPECT_EQ(checked, begun) << width << "x" << height;
  }
}

TEST(PictureChecks, EncodeAPictureAndLookAtTheFolder) {
  const TemporaryFolder folder;
  check_png(folder / "a_png16");
  check_exr(folder / "a_exr");
  check_npz(folder / "a.npz");
  EXPECT_THAT(folder.names(), IsEmpty());
  for (const auto& check : {&check_png, &check_exr}) {
    std::filesystem::create_directory(folder / "taken");
    std::ofstream(folder / "taken/notes.txt") << "mine";
    EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { check(folder / "taken"); }),
                HasSubstr("taken: the folder also holds notes.txt, which would be lost"));
  }
}

}  // namespace
}  // namespace rollingdepth
