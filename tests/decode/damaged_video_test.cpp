#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "clip_maker.hpp"
#include "decode/video_reader.hpp"
#include "decoded_clip.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using testing::CaughtError;
using ::testing::Contains;
using testing::counting_source;
using testing::DecodedClip;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using testing::read_all;
using testing::read_bytes;
using testing::read_clip;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;

void expect_input_error(const std::filesystem::path& file, const std::string& why) {
  const CaughtError error = error_of([&] { read_clip(file); });
  EXPECT_EQ(error.kind, ErrorKind::kInput);
  EXPECT_THAT(error.text, AllOf(HasSubstr(file.string()), HasSubstr(why)));
  EXPECT_EQ(error.text.find('\n'), std::string::npos);
}

TEST(BrokenVideo, MissingFileIsAnError) {
  const TemporaryFolder folder;
  expect_input_error(folder / "none.mp4", "no such file");
}

TEST(BrokenVideo, FolderIsAnError) {
  const TemporaryFolder folder;
  expect_input_error(folder.path(), "folder");
}

TEST(BrokenVideo, EmptyFileIsAnError) {
  const TemporaryFolder folder;
  write_bytes(folder / "empty.mp4", {});
  expect_input_error(folder / "empty.mp4", "empty");
}

TEST(BrokenVideo, TextIsAnError) {
  const TemporaryFolder folder;
  const std::string text = "This is no video.\nNot at all, however it is called.\n";
  write_bytes(folder / "text.mp4", {text.begin(), text.end()});
  expect_input_error(folder / "text.mp4", "not a video");
}

TEST(BrokenVideo, NoiseIsAnError) {
  const TemporaryFolder folder;
  std::vector<char> noise(20000);
  std::uint32_t state = 1;
  for (char& byte : noise) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  write_bytes(folder / "noise.mp4", noise);
  expect_input_error(folder / "noise.mp4", "noise.mp4");
}

// A playlist must not make the reader open anything on the network.
TEST(BrokenVideo, PlaylistOfRemoteFilesIsAnError) {
  const TemporaryFolder folder;
  const std::string text =
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:1/a.ts\n#EXT-X-ENDLIST\n";
  write_bytes(folder / "list.mp4", {text.begin(), text.end()});
  expect_input_error(folder / "list.mp4", "list.mp4");
}

TEST(BrokenVideo, AudioAloneIsAnError) {
  const TemporaryFolder folder;
  const auto file = folder / "sound.mp4";
  run_ffmpeg("-f lavfi -i sine=d=1 -c:a aac", file);
  expect_input_error(file, "has no video stream");
}

TEST(BrokenVideo, AudioWithCoverArtIsAnError) {
  const TemporaryFolder folder;
  const auto cover = folder / "cover.png";
  run_ffmpeg("-f lavfi -i testsrc2=s=64x64 -frames:v 1", cover);
  for (const char* name : {"song.m4a", "song.mp3"}) {
    const auto file = folder / name;
    run_ffmpeg("-f lavfi -i sine=d=1 -i \"" + cover.string() +
                   "\" -map 0 -map 1 -c:v copy -disposition:v:0 attached_pic",
               file);
    expect_input_error(file, "has no video stream");
  }
}

// 60 frames, each larger than a header, so that damage hits pictures.
void make_clip(const std::filesystem::path& file, const std::string& extra = "") {
  run_ffmpeg(
      "-f lavfi -i testsrc2=s=160x120:r=25 -frames:v 60 -c:v libx264 -threads 1 -g 10 "
      "-pix_fmt yuv420p " +
          extra,
      file);
}

void cut_to(const std::filesystem::path& file, double share) {
  std::vector<char> bytes = read_bytes(file);
  bytes.resize(static_cast<std::size_t>(static_cast<double>(bytes.size()) * share));
  write_bytes(file, bytes);
}

TEST(BrokenVideo, CutFileWithoutIndexIsAnError) {
  const TemporaryFolder folder;
  const auto file = folder / "cut.mp4";
  make_clip(file);
  cut_to(file, 0.6);
  expect_input_error(file, "damaged");
}

TEST(BrokenVideo, CutFileWithIndexGivesWhatIsThere) {
  const TemporaryFolder folder;
  const auto file = folder / "cut.mp4";
  make_clip(file, "-movflags +faststart");
  cut_to(file, 0.6);
  const DecodedClip clip = read_clip(file);
  EXPECT_GT(clip.frames.size(), 20u);
  EXPECT_LT(clip.frames.size(), 60u);
  EXPECT_THAT(clip.warnings, Contains(HasSubstr("cut short")));
}

// Its header tells the duration, though not the frames. The pictures before the cut that miss a
// neighbour in presentation order must not look like a variable rate.
TEST(BrokenVideo, CutFileWithDurationGivesWhatIsThere) {
  const TemporaryFolder folder;
  const auto file = folder / "cut.mkv";
  make_clip(file);
  EXPECT_THAT(read_clip(file).warnings, ::testing::IsEmpty());
  cut_to(file, 0.6);
  const DecodedClip clip = read_clip(file);
  EXPECT_GT(clip.frames.size(), 20u);
  EXPECT_LT(clip.frames.size(), 60u);
  EXPECT_FALSE(clip.info.variable_frame_rate);
  EXPECT_THAT(clip.warnings, Contains(HasSubstr("cut short: it ends after")));
}

TEST(BrokenVideo, CutTransportStreamGivesWhatIsThere) {
  const TemporaryFolder folder;
  const auto file = folder / "cut.ts";
  make_clip(file);
  cut_to(file, 0.6);
  const DecodedClip clip = read_clip(file);
  EXPECT_GT(clip.frames.size(), 20u);
  EXPECT_LT(clip.frames.size(), 60u);
}

// Writes a Motion JPEG clip of 12 frames and zeroes those packets for which `damaged` says so:
// nothing of their pictures can be decoded.
void make_clip_with_zeroed_packets(const std::filesystem::path& avi,
                                   const std::function<bool(int)>& damaged) {
  run_ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25 -frames:v 12 -c:v mjpeg -pix_fmt yuvj420p", avi);
  std::vector<char> bytes = read_bytes(avi);
  const auto find = [](auto begin, auto end, std::string_view name) {
    return std::search(begin, end, name.begin(), name.end());
  };
  const auto end = find(bytes.begin(), bytes.end(), "idx1");
  int packet = 0;
  auto at = find(bytes.begin(), end, "movi");
  while ((at = find(at, end, "00dc")) != end) {
    const auto size = static_cast<unsigned char>(at[4]) + 256 * static_cast<unsigned char>(at[5]);
    if (damaged(packet++)) std::fill(at + 8, at + 8 + size, '\0');
    at += 8;
  }
  ASSERT_EQ(packet, 12);
  write_bytes(avi, bytes);
}

TEST(BrokenVideo, UndecodablePacketsAreSkippedAndCounted) {
  const TemporaryFolder folder;
  const auto file = folder / "zeroed.avi";
  make_clip_with_zeroed_packets(file, [](int packet) { return packet % 4 == 1; });
  const DecodedClip clip = read_clip(file);
  EXPECT_EQ(clip.frames.size(), 9u);
  EXPECT_THAT(clip.warnings, ElementsAre("3 damaged packets skipped"));
}

TEST(BrokenVideo, NoDecodableFrameIsAnError) {
  const TemporaryFolder folder;
  const auto file = folder / "dark.avi";
  make_clip_with_zeroed_packets(file, [](int) { return true; });
  expect_input_error(file, "no frame in it can be decoded (12 damaged packets)");
}

// One bit of each so many bytes, from the second fifth of the file on.
void flip_bits(const std::filesystem::path& file, std::size_t spacing_bytes) {
  std::vector<char> bytes = read_bytes(file);
  std::uint32_t state = 7;
  for (std::size_t i = bytes.size() / 5; i < bytes.size(); i += spacing_bytes) {
    state = state * 1664525 + 1013904223;
    bytes[i + (state >> 20) % 200 % (bytes.size() - i)] ^= static_cast<char>(1 << (state >> 29));
  }
  write_bytes(file, bytes);
}

// Bit flips all over the pictures, in several codecs and containers: reading ends, nothing crashes,
// and damage is reported, but for VP9, whose decoder takes any bits for a picture.
TEST(BrokenVideo, BitFlipsAreSurvivedAndReported) {
  const TemporaryFolder folder;
  for (const char* name : {"a.ts", "b.mp4", "c.mkv", "d.mpg", "e.webm"}) {
    const auto file = folder / name;
    const bool webm = std::string(name) == "e.webm";
    run_ffmpeg(std::string("-f lavfi -i testsrc2=s=160x120:r=25 -frames:v 60 -g 10 ") +
                   (webm ? "-c:v libvpx-vp9 -deadline realtime" : "") +
                   (std::string(name) == "b.mp4" ? "-movflags +faststart" : ""),
               file);
    flip_bits(file, 300);
    const DecodedClip clip = read_clip(file);
    EXPECT_GT(clip.frames.size(), 5u) << name;
    EXPECT_LE(clip.frames.size(), 120u) << name;
    EXPECT_EQ(clip.warnings.empty(), webm) << name;
  }
}

// Several threads make of these what their timing makes of them.
TEST(BrokenVideo, OneThreadGivesTheSameEachTime) {
  const TemporaryFolder folder;
  for (const char* codec : {"libx264", "mpeg4", "prores"}) {
    const auto file = folder / (std::string(codec) + ".mov");
    run_ffmpeg("-f lavfi -i testsrc2=s=320x240:r=25 -frames:v 60 -g 20 -c:v " + std::string(codec),
               file);
    flip_bits(file, 2000);
    const DecodedClip first = read_all(*open_video(file, {.threads = 1}));
    EXPECT_THAT(first.warnings, Contains(HasSubstr("damaged"))) << codec;
    for (int reading = 1; reading < 4; ++reading) {
      const DecodedClip again = read_all(*open_video(file, {.threads = 1}));
      EXPECT_EQ(again.warnings, first.warnings) << codec;
      ASSERT_EQ(again.frames.size(), first.frames.size()) << codec;
      for (std::size_t i = 0; i < first.frames.size(); ++i) {
        ASSERT_TRUE(again.frames[i].equal(first.frames[i])) << codec << ", frame " << i;
      }
    }
  }
}

}  // namespace
}  // namespace rollingdepth
