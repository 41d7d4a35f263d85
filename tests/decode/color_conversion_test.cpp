#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "clip_maker.hpp"
#include "decode/video_reader.hpp"
#include "decoded_clip.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::DecodedClip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::largest_difference;
using testing::mean_level;
using testing::read_clip;
using testing::run_ffmpeg;
using testing::TemporaryFolder;

// A picture of many colours, exact in RGB.
const std::string kPicture =
    "-f lavfi -i \"testsrc2=s=96x64:r=25,format=gbrp,scale=iw/2:ih/2:flags=area\" -frames:v 2 ";

// Encodes kPicture, losslessly but for the conversion that `arguments` ask for, and reads it.
DecodedClip convert(const std::string& arguments, const std::string& extension = ".mkv") {
  const TemporaryFolder folder;
  const auto file = folder / ("clip" + extension);
  run_ffmpeg(kPicture + arguments, file);
  return read_clip(file);
}

at::Tensor original() { return convert("-c:v ffv1 -pix_fmt gbrp").frames.at(0); }

struct Colours {
  const char* name;
  const char* arguments;
  int tolerance;  ///< In levels: limited 8-bit YUV keeps RGB to about 2, subsampling costs more.
};
class ColourTags : public ::testing::TestWithParam<Colours> {};

TEST_P(ColourTags, GiveTheSamePicture) {
  const DecodedClip clip = convert(GetParam().arguments);
  EXPECT_LE(largest_difference(clip.frames.at(0), original()), GetParam().tolerance);
  EXPECT_THAT(clip.warnings, IsEmpty());
}

#define FFV1_444 "-c:v ffv1 -pix_fmt yuv444p "
INSTANTIATE_TEST_SUITE_P(
    Tags, ColourTags,
    ::testing::Values(
        Colours{"untagged_sd", FFV1_444 "-vf scale=out_color_matrix=bt601", 3},
        Colours{"bt601_limited",
                FFV1_444 "-vf scale=out_color_matrix=bt601 -colorspace smpte170m -color_range tv",
                3},
        Colours{"bt709_limited",
                FFV1_444 "-vf scale=out_color_matrix=bt709 -colorspace bt709 -color_range tv", 3},
        Colours{"bt709_full",
                FFV1_444 "-vf scale=out_color_matrix=bt709:out_range=pc -colorspace bt709 "
                         "-color_range pc",
                3},
        Colours{"bt601_full",
                FFV1_444 "-vf scale=out_color_matrix=bt601:out_range=pc -colorspace bt470bg "
                         "-color_range pc",
                3},
        Colours{"smpte240m", FFV1_444 "-vf scale=out_color_matrix=smpte240m -colorspace smpte240m",
                3},
        Colours{"fcc", FFV1_444 "-vf scale=out_color_matrix=fcc -colorspace fcc", 3},
        Colours{"bt2020_10bit",
                "-c:v ffv1 -pix_fmt yuv444p10le -vf scale=out_color_matrix=bt2020 "
                "-colorspace bt2020nc",
                2},
        Colours{"rgb24_png", "-c:v png -pix_fmt rgb24", 0},
        Colours{"rgb48_png", "-c:v png -pix_fmt rgb48be", 1},
        Colours{"gbrp10", "-c:v ffv1 -pix_fmt gbrp10le", 1},
        Colours{"bgra", "-c:v ffv1 -pix_fmt bgra", 0}),
    [](const auto& test) { return std::string(test.param.name); });
#undef FFV1_444

TEST(ColourConversion, ReadsUntaggedHighDefinitionAsBt709) {
  const TemporaryFolder folder;
  const auto file = folder / "hd.mkv";
  run_ffmpeg(
      "-f lavfi -i color=0x20c040:s=1280x720:r=25,format=gbrp -frames:v 1 "
      "-vf scale=out_color_matrix=bt709 -c:v ffv1 -pix_fmt yuv420p",
      file);
  const at::Tensor pixel = read_clip(file).frames.at(0).select(1, 360).select(1, 640).to(at::kInt);
  EXPECT_NEAR(pixel[0].item<int>(), 0x20, 3);
  EXPECT_NEAR(pixel[1].item<int>(), 0xc0, 3);
  EXPECT_NEAR(pixel[2].item<int>(), 0x40, 3);
}

// Motion JPEG decodes to a "yuvj" format; a flat colour survives the lossy coding.
TEST(ColourConversion, ReadsFullRangeOfMotionJpeg) {
  const TemporaryFolder folder;
  const auto file = folder / "flat.avi";
  run_ffmpeg(
      "-f lavfi -i color=0xf00a0a:s=64x48:r=25,format=gbrp -frames:v 1 -c:v mjpeg -q:v 1 "
      "-pix_fmt yuvj420p",
      file);
  const at::Tensor pixel = read_clip(file).frames.at(0).select(1, 24).select(1, 32).to(at::kInt);
  EXPECT_NEAR(pixel[0].item<int>(), 0xf0, 4);
  EXPECT_NEAR(pixel[1].item<int>(), 0x0a, 4);
  EXPECT_NEAR(pixel[2].item<int>(), 0x0a, 4);
}

TEST(ColourConversion, ReadsTenBitH264) {
  const DecodedClip clip = convert("-c:v libx264 -qp 0 -pix_fmt yuv444p10le", ".mp4");
  EXPECT_LE(largest_difference(clip.frames.at(0), original()), 3);
}

// Level 100, stored as it is and tagged as limited range, is (100 - 16) * 255 / 219 = 98.
class GreyFormat : public ::testing::TestWithParam<const char*> {};

TEST_P(GreyFormat, HonoursRange) {
  const TemporaryFolder folder;
  const std::string source =
      "-f lavfi -i \"color=black:s=64x48:r=25,format=gray,geq=lum=100,scale=in_range=pc:out_range=";
  const std::string codec =
      std::string(",format=") + GetParam() + "\" -frames:v 1 -c:v ffv1 -pix_fmt " + GetParam();
  const auto full = folder / "full.mkv";
  const auto limited = folder / "limited.mkv";
  run_ffmpeg(source + "pc" + codec + " -color_range pc", full);
  run_ffmpeg(source + "pc" + codec + " -color_range tv", limited);
  EXPECT_NEAR(mean_level(read_clip(full).frames.at(0)), 100, 1);
  EXPECT_NEAR(mean_level(read_clip(limited).frames.at(0)), 98, 1);
}

INSTANTIATE_TEST_SUITE_P(Depths, GreyFormat, ::testing::Values("gray", "gray10le"),
                         [](const auto& test) { return std::string(test.param); });

TEST(ColourConversion, SpreadsGreyToAllChannels) {
  const at::Tensor frame = convert("-c:v ffv1 -pix_fmt gray").frames.at(0);
  EXPECT_TRUE(frame[0].equal(frame[1]) && frame[1].equal(frame[2]));
  EXPECT_GT(frame.max().item<int>() - frame.min().item<int>(), 100);
}

// Wholly transparent pixels keep their colour.
TEST(ColourConversion, DropsAlpha) {
  for (const char* codec : {"-c:v qtrle -pix_fmt argb", "-c:v png -pix_fmt rgba"}) {
    const DecodedClip clip =
        convert(std::string("-vf format=rgba,colorchannelmixer=aa=0.0 ") + codec, ".mov");
    EXPECT_EQ(largest_difference(clip.frames.at(0), original()), 0) << codec;
  }
}

// libswscale has a rougher path for 4:2:0 without alpha.
TEST(ColourConversion, DropsAlphaOfYuv) {
  const at::Tensor plain = convert("-c:v ffv1 -pix_fmt yuv420p").frames.at(0);
  const at::Tensor alpha =
      convert("-vf format=yuva420p,lut=a=0 -c:v ffv1 -pix_fmt yuva420p").frames.at(0);
  EXPECT_LE(largest_difference(plain, alpha), 2);
}

TEST(ColourConversion, WarnsOnceOfHdr) {
  for (const char* transfer : {"smpte2084", "arib-std-b67"}) {
    const DecodedClip clip = convert(std::string("-c:v ffv1 -pix_fmt yuv420p10le -color_trc ") +
                                     transfer + " -colorspace bt2020nc -color_primaries bt2020");
    EXPECT_THAT(clip.warnings, ElementsAre(HasSubstr("HDR"))) << transfer;
    EXPECT_EQ(clip.frames.size(), 2u);
  }
}

// MPEG-2 hands on what the stream says, which no list need have.
TEST(ColourConversion, TakesNumbersThatNobodyHasNamed) {
  const DecodedClip clip = convert(
      "-c:v mpeg2video -bsf:v mpeg2_metadata=colour_primaries=200:"
      "transfer_characteristics=243:matrix_coefficients=201");
  EXPECT_THAT(clip.warnings, ElementsAre(HasSubstr("colour matrix 201 is not supported")));
  EXPECT_EQ(clip.frames.size(), 2u);
}

// YCgCo is one that has a name and that libswscale does not know.
TEST(ColourConversion, NamesAMatrixThatIsNotSupported) {
  const DecodedClip clip = convert("-c:v ffv1 -pix_fmt yuv444p -colorspace ycgco");
  EXPECT_THAT(clip.warnings, ElementsAre(HasSubstr("colour matrix ycgco is not supported")));
}

}  // namespace
}  // namespace rollingdepth
