// Pictures that claim more than they hold. All are refused before memory is taken: of those sizes
// it would not be there.
#include <ATen/ATen.h>
#include <ImfPreviewImage.h>
#include <ImfTileDescription.h>
#include <ImfTiledOutputFile.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "clip_maker.hpp"
#include "decode/depth_clip.hpp"
#include "decode/video_reader.hpp"
#include "decoded_clip.hpp"
#include "exr_maker.hpp"
#include "temporary_folder.hpp"
#include "tiff_maker.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::error_of;
using ::testing::HasSubstr;
using testing::quarters_source;
using testing::read_bytes;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;

constexpr std::int64_t kAnySize = std::int64_t{1} << 60;

class PictureClaims : public ::testing::Test {
 protected:
  std::string refusal(const fs::path& file, std::int64_t max_pixels = kDefaultMaxPixels) {
    const auto error = error_of([&] {
      open_image_sequence({file}, "pictures", {25, 1}, max_pixels);
    });
    EXPECT_EQ(error.kind, ErrorKind::kInput);
    EXPECT_THAT(error.text, HasSubstr(file.string()));
    return error.text;
  }

  /// A picture of four quarters whose bytes after `mark` are replaced.
  fs::path patched(const std::string& name, std::string_view mark, std::size_t behind,
                   const std::vector<std::uint8_t>& bytes, const std::string& arguments = "") {
    const fs::path file = folder_ / name;
    run_ffmpeg(quarters_source(1) + " -q:v 1 " + arguments, file);
    std::vector<char> content = read_bytes(file);
    const auto found = std::search(content.begin(), content.end(), mark.begin(), mark.end());
    std::copy(bytes.begin(), bytes.end(), found + static_cast<std::ptrdiff_t>(behind));
    write_bytes(file, content);
    return file;
  }

  fs::path jpeg_of_30000() { return patched("a.jpg", "\xff\xc0", 5, {0x75, 0x30, 0x75, 0x30}); }

  // Its first chunk has a right checksum.
  fs::path png_of(std::uint32_t side, const std::string& arguments = "") {
    const auto bytes_of = [](std::uint32_t value) {
      return std::vector<std::uint8_t>{
          static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    };
    std::vector<std::uint8_t> sides = bytes_of(side);
    sides.insert(sides.end(), sides.begin(), sides.begin() + 4);
    fs::path file = patched("a.png", "IHDR", 4, sides, arguments);
    std::vector<char> content = read_bytes(file);
    const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()) + 12, 17);
    const auto sum_bytes = bytes_of(static_cast<std::uint32_t>(sum));
    std::copy(sum_bytes.begin(), sum_bytes.end(), content.begin() + 29);
    write_bytes(file, content);
    return file;
  }

  TemporaryFolder folder_;
};

TEST_F(PictureClaims, AreHeldAgainstTheLimit) {
  EXPECT_THAT(refusal(jpeg_of_30000()),
              AllOf(HasSubstr("it says it has 30000x30000 pixels"), HasSubstr("--max-pixels")));
  EXPECT_THAT(refusal(png_of(20000)), HasSubstr("20000x20000 pixels, more than the 268435456"));
  // The width and length of a TIFF stand in its directory, each with type and count before it.
  testing::write_tiff(folder_ / "a.tif", {at::zeros({5, 7, 3}, at::kByte)});
  run_ffmpeg(quarters_source(1), folder_ / "b.png");
  EXPECT_THAT(refusal(folder_ / "a.tif", 34), HasSubstr("7x5 pixels, more than the 34"));
  EXPECT_THAT(refusal(folder_ / "b.png", 64 * 48 - 1), HasSubstr("64x48 pixels"));
  EXPECT_NO_THROW(open_image_sequence({folder_ / "b.png"}, "c", {25, 1}, 64 * 48));
}

TEST_F(PictureClaims, AreHeldAgainstWhatFfmpegDecodes) {
  EXPECT_THAT(refusal(png_of(20000), kAnySize), HasSubstr("more than FFmpeg decodes"));
}

TEST_F(PictureClaims, AreHeldAgainstTheBytesThatAreThere) {
  EXPECT_THAT(refusal(patched("a.jpg", "\xff\xc0", 5, {0x3a, 0x98, 0x3a, 0x98})),
              AllOf(HasSubstr("15000x15000 pixels, more than its "), HasSubstr("bytes can hold")));
  EXPECT_THAT(refusal(png_of(15000)), HasSubstr("bytes can hold"));
}

/// Writes the header of an OpenEXR picture of one channel and the table of its parts, but none of
/// them.
void write_empty_exr(const fs::path& file, int side) {
  Imf::Header header(side, side);
  header.compression() = Imf::ZIP_COMPRESSION;
  header.channels().insert("Y", Imf::Channel(Imf::FLOAT));
  const Imf::OutputFile picture(file.c_str(), header);
}

TEST_F(PictureClaims, OfOpenExrAreHeldAgainstBoth) {
  write_empty_exr(folder_ / "a.exr", 65536);
  EXPECT_THAT(refusal(folder_ / "a.exr"), HasSubstr("65536x65536 pixels, more than"));
  write_empty_exr(folder_ / "a.exr", 9000);
  EXPECT_THAT(refusal(folder_ / "a.exr"), HasSubstr("cut short"));
  EXPECT_THAT(error_of([&] { open_depth_clip(folder_.path()); }).text,
              AllOf(HasSubstr("a.exr"), HasSubstr("cut short")));
}

// OpenEXR takes the memory while it opens the file.
TEST_F(PictureClaims, OfOpenExrsHeadersAreHeldAgainstTheBytesThatAreThere) {
  using namespace std::string_view_literals;
  Imf::Header header(64, 48);
  header.channels().insert("Y", Imf::Channel(Imf::FLOAT));
  header.setTileDescription(Imf::TileDescription(32, 32));
  header.setPreviewImage(Imf::PreviewImage(2, 2));
  { const Imf::TiledOutputFile picture((folder_ / "whole.exr").c_str(), header); }
  const auto refusal_with = [&](std::string_view mark, std::size_t behind, std::uint32_t value) {
    std::vector<char> content = read_bytes(folder_ / "whole.exr");
    const auto found = std::search(content.begin(), content.end(), mark.begin(), mark.end());
    EXPECT_NE(found, content.end());
    std::memcpy(&*found + mark.size() + behind, &value, sizeof(value));
    write_bytes(folder_ / "a.exr", content);
    return refusal(folder_ / "a.exr");
  };
  constexpr auto kTiles = "tiles\0tiledesc\0"sv, kPreview = "preview\0preview\0"sv;
  constexpr auto kWindow = "dataWindow\0box2i\0"sv;
  constexpr const char* kTooMuch = "it says it has more than a file of its size can hold";
  EXPECT_THAT(refusal_with(kTiles, 4, 32), HasSubstr("cut short"));  // As it was.
  EXPECT_THAT(refusal_with("screenWindowWidth\0float\0"sv, 0, 1U << 30), HasSubstr(kTooMuch));
  EXPECT_THAT(refusal_with(kTiles, 4, 1U << 31), HasSubstr("not a picture, or damaged"));
  EXPECT_THAT(refusal_with(kTiles, 4, 1U << 20), HasSubstr(kTooMuch));
  EXPECT_THAT(refusal_with(kTiles, 8, 1U << 30), HasSubstr(kTooMuch));
  EXPECT_THAT(refusal_with(kPreview, 4, 1U << 16), HasSubstr(kTooMuch));
  EXPECT_THAT(refusal_with(kWindow, 12, 1U << 15), HasSubstr(kTooMuch));  // More tiles.
  EXPECT_THAT(refusal_with(kWindow, 12, 1U << 30), HasSubstr("not a picture, or damaged"));
  // OpenEXR reads on where another reader would see the end of the header.
  EXPECT_THAT(refusal_with("pixelAspectRatio\0float\0"sv, 0, 0),
              HasSubstr("not a picture, or damaged"));
  EXPECT_THAT(refusal_with("channels\0chlist\0"sv, 0, 18), HasSubstr("not a picture, or damaged"));
  EXPECT_THAT(refusal_with(kPreview, 4, 1), HasSubstr("not a picture, or damaged"));
}

TEST_F(PictureClaims, OfDepthAreHeldAgainstTheLimit) {
  png_of(20000, "-pix_fmt gray16be");
  EXPECT_THAT(error_of([&] { open_depth_clip(folder_.path()); }).text,
              AllOf(HasSubstr("a.png"), HasSubstr("--max-pixels")));
  fs::remove(folder_ / "a.png");
  testing::write_exr(folder_ / "a.exr", at::zeros({4, 4}), {"Y"});
  EXPECT_THAT(error_of([&] { open_depth_clip(folder_.path(), 1, 15); }).text,
              HasSubstr("4x4 pixels, more than the 15"));
}

TEST_F(PictureClaims, OfVideosAreHeldAgainstTheLimit) {
  run_ffmpeg(quarters_source(3), folder_ / "a.mkv");
  // Only its pictures tell their size.
  run_ffmpeg("-f lavfi -i testsrc2=s=64x48 -frames:v 25 -c:v mpeg2video", folder_ / "b.ts");
  for (const char* name : {"a.mkv", "b.ts"}) {
    const auto error = error_of([&] { open_video(folder_ / name, {.max_pixels = 64 * 48 - 1}); });
    EXPECT_EQ(error.kind, ErrorKind::kInput);
    EXPECT_THAT(error.text, AllOf(HasSubstr(name), HasSubstr("64x48 pixels, more than the 3071")));
    EXPECT_NO_THROW(open_video(folder_ / name, {.max_pixels = 64 * 48}));
  }
}

TEST_F(PictureClaims, OfTiffAreHeldAgainstItsParts) {
  testing::write_tiff(folder_ / "a.tif", {at::zeros({40, 50, 3}, at::kByte)});
  std::vector<char> bytes = read_bytes(folder_ / "a.tif");
  // The length, tag 257 of type 4, becomes 15000; the strips stay those of 40 rows.
  const std::string length("\x01\x01\x04\x00\x01\x00\x00\x00\x28", 9);
  const std::string short_length("\x01\x01\x03\x00\x01\x00\x00\x00\x28", 9);
  auto found = std::search(bytes.begin(), bytes.end(), length.begin(), length.end());
  if (found == bytes.end()) {
    found = std::search(bytes.begin(), bytes.end(), short_length.begin(), short_length.end());
  }
  ASSERT_NE(found, bytes.end());
  found[8] = '\x98';
  found[9] = '\x3a';
  write_bytes(folder_ / "a.tif", bytes);
  refusal(folder_ / "a.tif");
}

}  // namespace
}  // namespace rollingdepth
