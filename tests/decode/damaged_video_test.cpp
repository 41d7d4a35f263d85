#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "clip_maker.hpp"
#include "decoded_clip.hpp"
#include "rollingdepth/decode/video_reader.hpp"

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
using testing::read_bytes;
using testing::read_clip;
using testing::run_ffmpeg;
using testing::ScratchFolder;
using testing::write_bytes;

void expect_input_error(const std::filesystem::path& file, const std::string& why) {
  const CaughtError error = error_of([&] { read_clip(file); });
  EXPECT_EQ(error.kind, ErrorKind::kInput);
  EXPECT_THAT(error.text, AllOf(HasSubstr(file.string()), HasSubstr(why)));
  EXPECT_EQ(error.text.find('\n'), std::string::npos);
}

TEST(BrokenVideo, MissingFileIsAnError) {
  const ScratchFolder folder;
  expect_input_error(folder.path() / "none.mp4", "no such file");
}

TEST(BrokenVideo, FolderIsAnError) {
  const ScratchFolder folder;
  expect_input_error(folder.path(), "folder");
}

TEST(BrokenVideo, EmptyFileIsAnError) {
  const ScratchFolder folder;
  write_bytes(folder.path() / "empty.mp4", {});
  expect_input_error(folder.path() / "empty.mp4", "empty");
}

TEST(BrokenVideo, TextIsAnError) {
  const ScratchFolder folder;
  const std::string text = "This is no video.\nNot at all, however it is called.\n";
  write_bytes(folder.path() / "text.mp4", {text.begin(), text.end()});
  expect_input_error(folder.path() / "text.mp4", "not a video");
}

TEST(BrokenVideo, NoiseIsAnError) {
  const ScratchFolder folder;
  std::vector<char> noise(20000);
  std::uint32_t state = 1;
  for (char& byte : noise) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  write_bytes(folder.path() / "noise.mp4", noise);
  expect_input_error(folder.path() / "noise.mp4", "noise.mp4");
}

// A playlist must not make the reader open anything on the network.
TEST(BrokenVideo, PlaylistOfRemoteFilesIsAnError) {
  const ScratchFolder folder;
  const std::string text =
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:1/a.ts\n#EXT-X-ENDLIST\n";
  write_bytes(folder.path() / "list.mp4", {text.begin(), text.end()});
  expect_input_error(folder.path() / "list.mp4", "list.mp4");
}

TEST(BrokenVideo, AudioAloneIsAnError) {
  const ScratchFolder folder;
  const auto file = folder.path() / "sound.mp4";
  run_ffmpeg("-f lavfi -i sine=d=1 -c:a aac", file);
  expect_input_error(file, "has no video stream");
}

TEST(BrokenVideo, AudioWithCoverArtIsAnError) {
  const ScratchFolder folder;
  const auto cover = folder.path() / "cover.png";
  run_ffmpeg("-f lavfi -i testsrc2=s=64x64 -frames:v 1", cover);
  for (const char* name : {"song.m4a", "song.mp3"}) {
    const auto file = folder.path() / name;
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
  const ScratchFolder folder;
  const auto file = folder.path() / "cut.mp4";
  make_clip(file);
  cut_to(file, 0.6);
  expect_input_error(file, "damaged");
}

TEST(BrokenVideo, CutFileWithIndexGivesWhatIsThere) {
  const ScratchFolder folder;
  const auto file = folder.path() / "cut.mp4";
  make_clip(file, "-movflags +faststart");
  cut_to(file, 0.6);
  const DecodedClip clip = read_clip(file);
  EXPECT_GT(clip.frames.size(), 20u);
  EXPECT_LT(clip.frames.size(), 60u);
  EXPECT_THAT(clip.warnings, Contains(HasSubstr("cut short")));
}

TEST(BrokenVideo, CutTransportStreamGivesWhatIsThere) {
  const ScratchFolder folder;
  const auto file = folder.path() / "cut.ts";
  make_clip(file);
  cut_to(file, 0.6);
  const DecodedClip clip = read_clip(file);
  EXPECT_GT(clip.frames.size(), 20u);
  EXPECT_LT(clip.frames.size(), 60u);
}

// Every fourth packet of an MJPEG clip is zeroed: nothing of those pictures can be decoded.
TEST(BrokenVideo, UndecodablePacketsAreSkippedAndCounted) {
  const ScratchFolder folder;
  const auto file = folder.path() / "zeroed.avi";
  run_ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25 -frames:v 12 -c:v mjpeg -pix_fmt yuvj420p", file);
  std::vector<char> bytes = read_bytes(file);
  const std::string chunk = "00dc";
  int chunks = 0;
  const auto index =
      std::search(bytes.begin(), bytes.end(), std::begin("idx1"), std::end("idx1") - 1);
  for (auto at = bytes.begin(); (at = std::search(at, index, chunk.begin(), chunk.end())) != index;
       ++at) {
    if (chunks++ % 4 != 1) continue;
    const auto size = static_cast<unsigned char>(at[4]) + 256 * static_cast<unsigned char>(at[5]);
    std::fill(at + 8, at + 8 + size, '\0');
  }
  ASSERT_EQ(chunks, 12);
  write_bytes(file, bytes);
  const DecodedClip clip = read_clip(file);
  EXPECT_EQ(clip.frames.size(), 9u);
  EXPECT_THAT(clip.warnings, ElementsAre("3 damaged packets skipped"));
}

TEST(BrokenVideo, NoDecodableFrameIsAnError) {
  const ScratchFolder folder;
  const auto file = folder.path() / "dark.mkv";
  run_ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25 -frames:v 3 -c:v mjpeg -pix_fmt yuvj420p", file);
  std::vector<char> bytes = read_bytes(file);
  // The pictures begin with SOI and a quantisation table or comment; wipe the markers.
  for (std::size_t i = 0; i + 2 < bytes.size(); ++i) {
    if (bytes[i] == '\xff' && bytes[i + 1] == '\xd8') bytes[i] = bytes[i + 1] = bytes[i + 2] = 0;
    if (bytes[i] == '\xff' && bytes[i + 1] == '\xda') bytes[i] = 0;
  }
  write_bytes(file, bytes);
  expect_input_error(file, "no frame");
}

// Bit flips all over the pictures, in several codecs and containers: damage is reported, reading
// ends, and nothing crashes.
TEST(BrokenVideo, BitFlipsAreSurvivedAndReported) {
  const ScratchFolder folder;
  for (const char* name : {"a.ts", "b.mp4", "c.mkv", "d.mpg", "e.webm"}) {
    const auto file = folder.path() / name;
    const bool webm = std::string(name) == "e.webm";
    run_ffmpeg(std::string("-f lavfi -i testsrc2=s=160x120:r=25 -frames:v 60 -g 10 ") +
                   (webm ? "-c:v libvpx-vp9 -deadline realtime" : "") +
                   (std::string(name) == "b.mp4" ? "-movflags +faststart" : ""),
               file);
    std::vector<char> bytes = read_bytes(file);
    std::uint32_t state = 7;
    for (std::size_t i = bytes.size() / 5; i < bytes.size(); i += 300) {
      state = state * 1664525 + 1013904223;
      bytes[i + (state >> 20) % 200 % (bytes.size() - i)] ^= static_cast<char>(1 << (state >> 29));
    }
    write_bytes(file, bytes);
    const DecodedClip clip = read_clip(file);
    EXPECT_GT(clip.frames.size(), 5u) << name;
    EXPECT_LE(clip.frames.size(), 120u) << name;
    EXPECT_FALSE(clip.warnings.empty()) << name;
  }
}

}  // namespace
}  // namespace rollingdepth
