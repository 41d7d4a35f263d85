#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/formatted.hpp"
#include "clip_maker.hpp"
#include "decode/video_reader.hpp"
#include "decoded_clip.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::CaughtError;
using testing::counting_source;
using testing::DecodedClip;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::largest_difference;
using testing::quarter_colours;
using testing::quarters_source;
using testing::read_all;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;

constexpr Rational kRate{25, 1};

DecodedClip read_pictures(const std::vector<fs::path>& files) {
  return read_all(*open_image_sequence(files, "pictures", kRate));
}

at::Tensor one_picture(const std::string& file_name, const std::string& arguments) {
  const TemporaryFolder folder;
  run_ffmpeg(quarters_source(1) + " " + arguments, folder / file_name);
  return read_pictures({folder / file_name}).frames.at(0);
}

TEST(ImageSequence, ReadsAllFormats) {
  for (const char* name : {"a.png", "b.jpg", "c.tiff", "d.bmp", "e.webp"}) {
    EXPECT_EQ(quarter_colours(one_picture(name, "-q:v 1")), "rgbw") << name;
  }
}

TEST(ImageSequence, GoesToAnyPicture) {
  const TemporaryFolder folder;
  run_ffmpeg(counting_source(6), folder / "%d.png");
  std::vector<fs::path> files;
  for (int i = 1; i <= 6; ++i) files.push_back(folder / (std::to_string(i) + ".png"));
  const DecodedClip all = read_pictures(files);
  const auto source = open_image_sequence(files, "pictures", kRate);
  for (const std::int64_t first : {4, 0, 2, 5}) {
    EXPECT_TRUE(source->seek(first));
    const std::optional<Frame> frame = source->next();
    EXPECT_EQ(frame->pts, first);
    EXPECT_TRUE(frame->rgb.equal(all.frames.at(static_cast<std::size_t>(first))));
  }
  EXPECT_FALSE(source->next());
  EXPECT_FALSE(source->seek(6));
  EXPECT_FALSE(source->seek(-1));
  EXPECT_TRUE(source->rewind());
  EXPECT_EQ(read_all(*source).frames.size(), 6U);
}

TEST(ImageSequence, ScalesDeepPicturesDropsAlphaAndSpreadsGrey) {
  const at::Tensor plain = one_picture("a.png", "-pix_fmt rgb24");
  EXPECT_LE(largest_difference(one_picture("b.png", "-pix_fmt rgb48be"), plain), 1);
  EXPECT_EQ(
      largest_difference(
          one_picture("c.png", "-vf format=rgba,colorchannelmixer=aa=0.0 -pix_fmt rgba"), plain),
      0);
  const at::Tensor grey = one_picture("d.png", "-pix_fmt gray16be");
  EXPECT_TRUE(grey[0].equal(grey[1]) && grey[1].equal(grey[2]));
}

TEST(ImageSequence, CountsTimeInFrames) {
  const TemporaryFolder folder;
  run_ffmpeg(quarters_source(3), folder / "f%03d.png");
  const Rational ntsc{30000, 1001};
  const DecodedClip clip = read_all(
      *open_image_sequence({folder / "f003.png", folder / "f001.png"}, "some frames", ntsc));
  EXPECT_EQ(clip.frames.size(), 2u);
  EXPECT_EQ(clip.info.name, "some frames");
  EXPECT_EQ(clip.info.frame_rate, ntsc);
  EXPECT_EQ(clip.info.time_base, (Rational{1001, 30000}));
  EXPECT_EQ(clip.info.frames_estimate, 2);
  EXPECT_FALSE(clip.info.variable_frame_rate);
  EXPECT_THAT(clip.times_seconds, ElementsAre(0, ::testing::DoubleEq(1001 / 30000.0)));
}

TEST(ImageSequence, NamesThePictureOfAnotherSize) {
  const TemporaryFolder folder;
  run_ffmpeg(quarters_source(1), folder / "a.png");
  run_ffmpeg(quarters_source(1) + " -vf scale=32:24", folder / "b.png");
  const CaughtError error = error_of([&] { read_pictures({folder / "a.png", folder / "b.png"}); });
  EXPECT_EQ(error.kind, ErrorKind::kInput);
  EXPECT_THAT(error.text, AllOf(HasSubstr("b.png"), HasSubstr("32x24"), HasSubstr("64x48")));
}

// Before any network runs, and only as far as pictures are used.
TEST(ImageSequence, SurveysSizesOfWhatIsUsed) {
  const TemporaryFolder folder;
  run_ffmpeg(quarters_source(3), folder / "f%d.png");
  run_ffmpeg(quarters_source(1) + " -vf scale=32:24", folder / "f4.png");
  write_bytes(folder / "f5.png", {'x'});
  std::vector<fs::path> files;
  for (int n = 1; n <= 5; ++n) files.push_back(folder / formatted("f%d.png", n));
  const auto sequence = open_image_sequence(files, "pictures", kRate);
  EXPECT_THAT(sequence->survey(0, 3), IsEmpty());
  EXPECT_THAT(error_of([&] { (void)sequence->survey(1, 3); }).text,
              AllOf(HasSubstr("f4.png"), HasSubstr("32x24"), HasSubstr("64x48")));
  EXPECT_THAT(error_of([&] { (void)sequence->survey(4, 0); }).text, HasSubstr("f5.png"));
}

TEST(ImageSequence, SurveysNumbersOfWhatIsUsed) {
  const TemporaryFolder folder;
  run_ffmpeg(quarters_source(6) + " -start_number 997", folder / "shot.%04d.png");
  fs::remove(folder / "shot.1000.png");
  const auto files = expand_image_pattern((folder / "shot.%04d.png").string());
  const auto sequence = open_image_sequence(files, "pictures", kRate);
  EXPECT_THAT(sequence->info().frame_numbers, ElementsAre("0997", "0998", "0999", "1001", "1002"));
  EXPECT_THAT(sequence->survey(0, 0), ElementsAre(AllOf(HasSubstr("1 picture is missing"),
                                                        HasSubstr("shot.0999.png and shot.1001"))));
  EXPECT_THAT(sequence->survey(0, 3), IsEmpty());
  EXPECT_THAT(sequence->survey(9, 0), IsEmpty());
}

TEST(ImageSequence, RefusesOnePictureInTwoKinds) {
  const TemporaryFolder folder;
  run_ffmpeg(quarters_source(2), folder / "f%d.png");
  run_ffmpeg(quarters_source(2), folder / "f%d.jpg");
  const auto sequence = open_image_sequence({folder / "f1.jpg", folder / "f1.png"}, "c", kRate);
  EXPECT_THAT(error_of([&] { (void)sequence->survey(0, 0); }).text,
              AllOf(HasSubstr("f1.jpg and f1.png"), HasSubstr("pattern")));
}

TEST(ImageSequence, NamesThePictureThatIsCutShort) {
  const TemporaryFolder folder;
  for (const char* name : {"a.png", "b.jpg"}) {
    const auto file = folder / name;
    run_ffmpeg("-f lavfi -i testsrc2=s=320x240 -frames:v 1", file);
    std::vector<char> bytes = testing::read_bytes(file);
    bytes.resize(bytes.size() * 3 / 4);
    write_bytes(file, bytes);
    const CaughtError error = error_of([&] { read_pictures({file}); });
    EXPECT_EQ(error.kind, ErrorKind::kInput);
    EXPECT_THAT(error.text, AllOf(HasSubstr(file.string()), HasSubstr("cut short")));
  }
}

// Orientation 6: to be turned by 90 degrees clockwise, "rg/bw" becomes "br/wg".
TEST(ImageSequence, TurnsByExif) {
  const TemporaryFolder folder;
  const auto file = folder / "turned.jpg";
  run_ffmpeg(quarters_source(1) + " -q:v 1", file);
  std::vector<char> bytes = testing::read_bytes(file);
  const std::string exif(
      "\xff\xe1\x00\x22"
      "Exif\0\0"
      "MM\0*\0\0\0\x08"
      "\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
      36);
  bytes.insert(bytes.begin() + 2, exif.begin(), exif.end());
  write_bytes(file, bytes);
  const DecodedClip clip = read_pictures({file});
  EXPECT_EQ(clip.info.width_px, 48);
  EXPECT_EQ(quarter_colours(clip.frames.at(0)), "brwg");
}

TEST(ImageSequence, NamesThePictureThatCannotBeRead) {
  const TemporaryFolder folder;
  const std::string text = "no picture";
  write_bytes(folder / "text.png", {text.begin(), text.end()});
  write_bytes(folder / "empty.png", {});
  for (const char* name : {"text.png", "empty.png", "missing.png"}) {
    const CaughtError error = error_of([&] { read_pictures({folder / name}); });
    EXPECT_EQ(error.kind, ErrorKind::kInput);
    EXPECT_THAT(error.text, HasSubstr((folder / name).string()));
  }
}

}  // namespace
}  // namespace rollingdepth
