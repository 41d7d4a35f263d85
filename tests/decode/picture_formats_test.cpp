// Integer pictures of all kinds, against recordings and against each other.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "clip_maker.hpp"
#include "data_file.hpp"
#include "decode/picture_file.hpp"
#include "decode/video_reader.hpp"
#include "decoded_clip.hpp"
#include "temporary_folder.hpp"
#include "tiff_maker.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using testing::checkout_file;
using testing::DecodedClip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::largest_difference;
using testing::quarter_colours;
using testing::quarters_source;
using testing::read_all;
using testing::read_bytes;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;
using testing::write_tiff;

DecodedClip read_pictures(const std::vector<fs::path>& files) {
  return read_all(*open_image_sequence(files, "pictures", {25, 1}));
}

/// [3, H, W] of a binary PPM file of 8 bits without comments.
at::Tensor read_ppm(const fs::path& file) {
  const std::vector<char> bytes = read_bytes(file);
  std::istringstream header(std::string(bytes.begin(), bytes.begin() + 20));
  std::string kind;
  std::int64_t width = 0, height = 0, largest = 0;
  header >> kind >> width >> height >> largest;
  const at::Tensor pixels = at::empty({height, width, 3}, at::kByte);
  std::memcpy(pixels.data_ptr(), bytes.data() + static_cast<std::ptrdiff_t>(header.tellg()) + 1,
              pixels.nbytes());
  return pixels.permute({2, 0, 1}).contiguous();
}

struct RecordedPicture {
  const char* name;
  int levels;  ///< That may lie between.
};

class RecordedPictures : public ::testing::TestWithParam<RecordedPicture> {};

// Lossless kinds are equal. JPEG's decoders may round its cosines differently: a level in what is
// stored, up to two in blue, and three in one value of thousands where brightness differs, too.
// OpenCV's own product of ink and black is up to a level off.
TEST_P(RecordedPictures, AreAsOpenCvReadThem) {
  const fs::path file = checkout_file("tests/data/pictures") / GetParam().name;
  const at::Tensor rgb = read_picture(file, kDefaultMaxPixels).rgb;
  const at::Tensor recorded = read_ppm(file.string() + ".ppm");
  ASSERT_EQ(rgb.sizes(), recorded.sizes());
  const at::Tensor difference = (rgb.to(at::kInt) - recorded.to(at::kInt)).abs();
  EXPECT_LE(difference.gt(GetParam().levels).sum().item<int>(), GetParam().levels > 0 ? 2 : 0);
  EXPECT_LE(difference.max().item<int>(), GetParam().levels + (GetParam().levels > 0 ? 1 : 0));
}

INSTANTIATE_TEST_SUITE_P(
    All, RecordedPictures,
    ::testing::Values(RecordedPicture{"420.jpg", 2}, RecordedPicture{"422.jpg", 2},
                      RecordedPicture{"444.jpg", 2}, RecordedPicture{"progressive.jpg", 2},
                      RecordedPicture{"grey.jpg", 2}, RecordedPicture{"cmyk.jpg", 3},
                      RecordedPicture{"ycck.jpg", 3}, RecordedPicture{"palette.png", 0},
                      RecordedPicture{"palette2.png", 0}, RecordedPicture{"bits.png", 0},
                      RecordedPicture{"alpha.png", 0}, RecordedPicture{"deep.png", 0},
                      RecordedPicture{"deep.tif", 0}, RecordedPicture{"jpeg.tif", 0},
                      RecordedPicture{"cmyk.tif", 0}, RecordedPicture{"palette.tif", 0},
                      RecordedPicture{"fax.tif", 0}, RecordedPicture{"palette.bmp", 0},
                      RecordedPicture{"lossless.webp", 0}, RecordedPicture{"lossy.webp", 2},
                      RecordedPicture{"lossless.jp2", 0}),
    [](const auto& name) {
      std::string text = name.param.name;
      text[text.find('.')] = '_';
      return text;
    });

class PictureFormats : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(PictureFormats, AreKnownByContentWhateverTheName) {
  for (const char* name : {"a.png", "b.jpg", "c.tiff", "d.bmp", "e.webp", "f.tga", "g.dpx", "h.ppm",
                           "i.pam", "j.jp2"}) {
    run_ffmpeg(quarters_source(1) + " -q:v 1", folder_ / name);
    EXPECT_EQ(quarter_colours(read_pictures({folder_ / name}).frames.at(0)), "rgbw") << name;
    if (fs::path(name).extension() == ".tga") continue;
    fs::rename(folder_ / name, folder_ / "renamed.jfif");
    EXPECT_EQ(quarter_colours(read_pictures({folder_ / "renamed.jfif"}).frames.at(0)), "rgbw")
        << name;
  }
}

TEST_F(PictureFormats, PrintNothing) {
  run_ffmpeg(quarters_source(1) + " -q:v 1", folder_ / "a.jpg");
  std::vector<char> bytes = read_bytes(folder_ / "a.jpg");
  std::fill(bytes.end() - 60, bytes.end() - 20, '\x5a');
  write_bytes(folder_ / "a.jpg", bytes);
  write_bytes(folder_ / "b.tif", {'I', 'I', '*', '\0', '\x08', '\0', '\0', '\0', '\x7f', '\x7f'});
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  read_pictures({folder_ / "a.jpg"});
  testing::error_of([&] { read_pictures({folder_ / "b.tif"}); });
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

TEST_F(PictureFormats, OfRadianceAreRefusedByName) {
  const std::string text = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\nabcd";
  write_bytes(folder_ / "a.hdr", {text.begin(), text.end()});
  EXPECT_THAT(testing::error_of([&] { read_pictures({folder_ / "a.hdr"}); }).text,
              HasSubstr("a.hdr: Radiance HDR pictures are not read"));
}

TEST_F(PictureFormats, SayOnceThatAlphaIsLeftOut) {
  const std::string clear = " -vf format=rgba,colorchannelmixer=aa=0.5 -pix_fmt rgba";
  run_ffmpeg(quarters_source(2) + clear, folder_ / "a%d.png");
  const DecodedClip clip = read_pictures({folder_ / "a1.png", folder_ / "a2.png"});
  EXPECT_THAT(clip.warnings, ElementsAre(HasSubstr("parts of a1.png are transparent")));
  run_ffmpeg(quarters_source(1) + " -pix_fmt rgba", folder_ / "full.png");
  EXPECT_THAT(read_pictures({folder_ / "full.png"}).warnings, IsEmpty());
}

// libtiff by itself would darken what is transparent.
TEST_F(PictureFormats, KeepTheColoursThatTiffStoresBesideAlpha) {
  at::Tensor pixels = at::full({8, 9, 4}, 200, at::kByte);
  pixels.select(2, 3).fill_(10);
  for (const bool straight : {false, true}) {
    write_tiff(folder_ / "a.tif", {pixels}, {.straight_alpha = straight});
    const DecodedClip clip = read_pictures({folder_ / "a.tif"});
    EXPECT_TRUE(clip.frames.at(0).eq(200).all().item<bool>()) << straight;
    EXPECT_THAT(clip.warnings, ElementsAre(HasSubstr("transparent"))) << straight;
  }
}

/// An EXIF block, big-endian, with nothing but the orientation.
std::string exif_of(int orientation) {
  std::string block("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0", 26);
  block[19] = static_cast<char>(orientation);
  return block;
}

// What "rg/bw" becomes in each of the eight ways.
TEST_F(PictureFormats, AreTurnedByExif) {
  const std::vector<std::string> shown = {"rgbw", "grwb", "wbgr", "bwrg",
                                          "rbgw", "brwg", "wgbr", "gwrb"};
  run_ffmpeg(quarters_source(1) + " -q:v 1", folder_ / "a.jpg");
  const std::vector<char> jpeg = read_bytes(folder_ / "a.jpg");
  run_ffmpeg(quarters_source(1), folder_ / "a.png");
  const at::Tensor pixels = read_pictures({folder_ / "a.png"}).frames.at(0).permute({1, 2, 0});
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string block =
        std::string("\xff\xe1\x00\x22", 4) + std::string("Exif\0\0", 6) + exif_of(orientation);
    std::vector<char> bytes = jpeg;
    bytes.insert(bytes.begin() + 2, block.begin(), block.end());
    write_bytes(folder_ / "turned.jpg", bytes);
    write_tiff(folder_ / "turned.tif", {pixels}, {.orientation = orientation});
    for (const char* name : {"turned.jpg", "turned.tif"}) {
      const DecodedClip clip = read_pictures({folder_ / name});
      const std::string& expected = shown.at(static_cast<std::size_t>(orientation - 1));
      EXPECT_EQ(quarter_colours(clip.frames.at(0)), expected) << name << orientation;
      EXPECT_EQ(clip.info.width_px, orientation > 4 ? 48 : 64) << name << orientation;
      EXPECT_THAT(open_image_sequence({folder_ / name, folder_ / name}, "c", {25, 1})->survey(0, 1),
                  IsEmpty());
    }
  }
}

TEST_F(PictureFormats, OfTiffAreReadHoweverTheyAreLaidOut) {
  const at::Tensor pixels = at::randint(256, {37, 41, 3}, at::kByte);
  const at::Tensor shown = pixels.permute({2, 0, 1});
  for (const bool tiled : {false, true}) {
    for (const bool separate : {false, true}) {
      write_tiff(folder_ / "a.tif", {pixels},
                 {.tiled = tiled, .separate = separate, .compression = COMPRESSION_LZW});
      EXPECT_TRUE(read_pictures({folder_ / "a.tif"}).frames.at(0).equal(shown))
          << tiled << separate;
    }
  }
}

// Tiles of 768 bytes a plane or picture: libtiff's own conversion wants a multiple of 1024.
TEST_F(PictureFormats, OfTiffAreReadInSmallTilesThatAreNotCompressed) {
  const at::Tensor pixels = at::randint(256, {37, 41, 3}, at::kByte);
  write_tiff(folder_ / "a.tif", {pixels}, {.tiled = true, .compression = COMPRESSION_NONE});
  EXPECT_TRUE(read_pictures({folder_ / "a.tif"}).frames.at(0).equal(pixels.permute({2, 0, 1})));
}

TEST_F(PictureFormats, OfSeveralPagesAreAClip) {
  const at::Tensor pages = at::randint(256, {3, 9, 11, 3}, at::kByte);
  write_tiff(folder_ / "scan 7.tif", pages.unbind(0));
  const DecodedClip clip = read_pictures({folder_ / "scan 7.tif"});
  ASSERT_EQ(clip.frames.size(), 3U);
  for (int page = 0; page < 3; ++page) {
    EXPECT_TRUE(clip.frames[page].equal(pages[page].permute({2, 0, 1}))) << page;
  }
  EXPECT_THAT(clip.info.frame_numbers, IsEmpty());
}

TEST_F(PictureFormats, OfSeveralPagesSayWhatIsUsedWhereTheyAreNoClip) {
  const at::Tensor page = at::randint(256, {9, 11, 3}, at::kByte);
  write_tiff(folder_ / "a1.tif", {page, page});
  write_tiff(folder_ / "a2.tif", {page, page});
  const auto sequence = open_image_sequence({folder_ / "a1.tif", folder_ / "a2.tif"}, "c", {25, 1});
  EXPECT_THAT(sequence->survey(0, 0),
              ElementsAre("a1.tif holds 2 pictures: the first of each file is used"));
  EXPECT_EQ(read_all(*sequence).frames.size(), 2U);
  write_tiff(folder_ / "mixed.tif", {page, page.slice(0, 0, 4)});
  const auto mixed = open_image_sequence({folder_ / "mixed.tif"}, "c", {25, 1});
  EXPECT_THAT(mixed->survey(0, 0), ElementsAre("mixed.tif holds 2 pictures of different sizes: the "
                                               "first of each file is used"));
  EXPECT_EQ(read_all(*mixed).frames.size(), 1U);
}

TEST_F(PictureFormats, OfAnimatedPngAreAClip) {
  run_ffmpeg(testing::counting_source(4) + " -f apng -plays 0", folder_ / "a.png");
  const DecodedClip clip = read_pictures({folder_ / "a.png"});
  EXPECT_EQ(clip.frames.size(), 4U);
  EXPECT_GT(testing::mean_level(clip.frames.back()), testing::mean_level(clip.frames.front()) + 8);
}

TEST_F(PictureFormats, OfAnimatedWebpSayHowManyTheyHold) {
  // VP8X, with the flag of an animation, and three frames that are not even looked at.
  std::string bytes("RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x0f\0\0\x0f\0\0", 30);
  for (int frame = 0; frame < 3; ++frame) bytes += std::string("ANMF\x02\0\0\0ab", 10);
  write_bytes(folder_ / "a.webp", {bytes.begin(), bytes.end()});
  const auto error = testing::error_of([&] { read_pictures({folder_ / "a.webp"}); });
  EXPECT_EQ(error.kind, ErrorKind::kInput);
  EXPECT_THAT(error.text, HasSubstr("a.webp: it is an animation of 3 pictures"));
}

}  // namespace
}  // namespace rollingdepth
