#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "clip_maker.hpp"
#include "decoded_clip.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::CaughtError;
using testing::error_of;
using ::testing::HasSubstr;
using testing::read_bytes;
using testing::read_clip;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;

constexpr const char* kPictures =
    "-f lavfi -i testsrc2=s=160x120:r=25 -frames:v 30 -c:v libx264 -pix_fmt yuv420p ";

void expect_called_encrypted(const fs::path& file) {
  const CaughtError error = error_of([&] { read_clip(file); });
  EXPECT_EQ(error.kind, ErrorKind::kInput);
  EXPECT_THAT(error.text, AllOf(HasSubstr(file.string()), HasSubstr("encrypted")));
}

TEST(EncryptedVideo, IsCalledSoInAnMp4) {
  const TemporaryFolder folder;
  for (const char* name : {"protected.mp4", "protected.m4v"}) {
    run_ffmpeg(std::string(kPictures) +
                   "-f mp4 -encryption_scheme cenc-aes-ctr"
                   " -encryption_key 00112233445566778899aabbccddeeff"
                   " -encryption_kid ffeeddccbbaa99887766554433221100",
               folder / name);
    expect_called_encrypted(folder / name);
  }
}

// Marks the packets of the video as scrambled, and mixes up what they hold where `scrambles`.
void scramble(const fs::path& ts, bool scrambles) {
  constexpr std::size_t kPacketBytes = 188;
  std::vector<char> bytes = read_bytes(ts);
  std::uint32_t state = 3;
  for (std::size_t at = 0; at + kPacketBytes <= bytes.size(); at += kPacketBytes) {
    char* const packet = bytes.data() + at;
    if ((packet[1] & 0x1F) != 1 || packet[2] != 0) continue;  // 0x100: FFmpeg's first stream.
    std::size_t payload = 4;
    if ((packet[3] & 0x20) != 0) payload += 1 + static_cast<unsigned char>(packet[4]);
    packet[3] = static_cast<char>(packet[3] | 0x80);
    for (std::size_t i = payload; i < kPacketBytes && scrambles; ++i) {
      state = state * 1664525 + 1013904223;
      packet[i] = static_cast<char>(packet[i] ^ static_cast<char>(state >> 24));
    }
  }
  write_bytes(ts, bytes);
}

TEST(EncryptedVideo, IsCalledSoInATransportStream) {
  const TemporaryFolder folder;
  const fs::path file = folder / "scrambled.ts";
  run_ffmpeg(kPictures, file);
  scramble(file, true);
  expect_called_encrypted(file);
}

TEST(EncryptedVideo, AMarkThatWasLeftBehindIsNoReason) {
  const TemporaryFolder folder;
  const fs::path file = folder / "descrambled.ts";
  run_ffmpeg(kPictures, file);
  scramble(file, false);
  EXPECT_EQ(read_clip(file).frames.size(), 30U);
}

}  // namespace
}  // namespace rollingdepth
