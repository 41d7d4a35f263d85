// Damaged pictures: used with a warning where something can be decoded, else refused.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/formatted.hpp"
#include "clip_maker.hpp"
#include "decode/picture_file.hpp"
#include "decode/video_reader.hpp"
#include "decoded_clip.hpp"
#include "temporary_folder.hpp"
#include "tiff_maker.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::DecodedClip;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using testing::read_all;
using testing::read_bytes;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;

class DamagedPicture : public ::testing::Test {
 protected:
  fs::path picture(const std::string& name) {
    run_ffmpeg("-f lavfi -i testsrc2=s=320x240 -frames:v 1 -q:v 3", folder_ / name);
    return folder_ / name;
  }
  static DecodedClip read(const fs::path& file) {
    return read_all(*open_image_sequence({file}, "pictures", {25, 1}));
  }
  static void change(const fs::path& file, std::size_t at, const std::string& bytes) {
    std::vector<char> content = read_bytes(file);
    std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(at));
    write_bytes(file, content);
  }
  static std::size_t place_of(const fs::path& file, std::string_view mark) {
    const std::vector<char> content = read_bytes(file);
    const auto found = std::search(content.begin(), content.end(), mark.begin(), mark.end());
    EXPECT_NE(found, content.end()) << mark;
    return static_cast<std::size_t>(found - content.begin());
  }
  static std::string refusal(const fs::path& file) {
    const auto error = error_of([&] { read(file); });
    EXPECT_EQ(error.kind, ErrorKind::kInput);
    EXPECT_THAT(error.text, HasSubstr(file.string()));
    return error.text;
  }

  TemporaryFolder folder_;
};

TEST_F(DamagedPicture, OfJpegWithoutPartOfItsScanIsNamed) {
  const fs::path file = picture("a.jpg");
  std::vector<char> bytes = read_bytes(file);
  bytes.erase(bytes.end() - static_cast<std::ptrdiff_t>(bytes.size() / 3), bytes.end() - 2);
  write_bytes(file, bytes);
  EXPECT_THAT(read(file).warnings,
              ElementsAre(AllOf(HasSubstr("a picture is damaged"),
                                HasSubstr("a.jpg (parts of it cannot be decoded)"))));
}

TEST_F(DamagedPicture, OfPngWithAWrongChecksumIsNamed) {
  const fs::path file = picture("a.png");
  const at::Tensor whole = read(file).frames.at(0);
  // That of IEND, which is the last of the file, and that of IHDR.
  for (const std::size_t at : {read_bytes(file).size() - 2, std::size_t{30}}) {
    const std::vector<char> before = read_bytes(file);
    change(file, at, "?");
    const DecodedClip clip = read(file);
    EXPECT_THAT(clip.warnings, ElementsAre(HasSubstr("a.png (a checksum is wrong)")));
    EXPECT_TRUE(clip.frames.at(0).equal(whole));
    write_bytes(file, before);
  }
}

TEST_F(DamagedPicture, OfPngWithBrokenPixelsIsRefused) {
  const fs::path file = picture("a.png");
  change(file, place_of(file, "IDAT") + 100, std::string(40, '\xff'));
  EXPECT_THAT(refusal(file), HasSubstr("damaged: a checksum is wrong"));
}

TEST_F(DamagedPicture, OfDepthIsRefused) {
  run_ffmpeg("-f lavfi -i testsrc2=s=64x48 -frames:v 1 -pix_fmt gray16be", folder_ / "a.png");
  change(folder_ / "a.png", 30, "?");
  EXPECT_THAT(error_of([&] { read_grey_picture(folder_ / "a.png", kDefaultMaxPixels); }).text,
              HasSubstr("damaged: a checksum is wrong"));
}

TEST_F(DamagedPicture, OfTiffIsNamed) {
  const at::Tensor pixels = at::randint(256, {40, 50, 3}, at::kByte);
  testing::write_tiff(folder_ / "a.tif", {pixels}, {.compression = COMPRESSION_ADOBE_DEFLATE});
  // Strips follow the header of 8 bytes; the first is of 5 rows.
  change(folder_ / "a.tif", 60, std::string(30, '\0'));
  const DecodedClip clip = read(folder_ / "a.tif");
  EXPECT_THAT(clip.warnings, ElementsAre(HasSubstr("a.tif (parts of it cannot be decoded)")));
  EXPECT_TRUE(clip.frames.at(0).slice(1, 5).equal(pixels.permute({2, 0, 1}).slice(1, 5)));
}

TEST_F(DamagedPicture, ThatIsCutShortIsRefused) {
  testing::write_tiff(folder_ / "a.tif", {at::zeros({40, 50, 3}, at::kByte)});
  for (const fs::path& file : {picture("a.png"), picture("b.jpg"), picture("c.webp"),
                               picture("d.bmp"), picture("e.jp2"), folder_ / "a.tif"}) {
    std::vector<char> bytes = read_bytes(file);
    bytes.resize(bytes.size() / 2);
    write_bytes(file, bytes);
    refusal(file);
    bytes.resize(30);
    write_bytes(file, bytes);
    refusal(file);
  }
}

TEST_F(DamagedPicture, AmongManyAreCounted) {
  std::vector<fs::path> files;
  for (int n = 1; n <= 7; ++n) {
    files.push_back(picture(formatted("a%d.png", n)));
    change(files.back(), 30, "?");
  }
  const auto clip = read_all(*open_image_sequence(files, "pictures", {25, 1}));
  EXPECT_THAT(clip.warnings, ElementsAre(AllOf(HasSubstr("7 pictures are damaged"),
                                               HasSubstr("a5.png"), HasSubstr(" and 2 more"))));
}

}  // namespace
}  // namespace rollingdepth
