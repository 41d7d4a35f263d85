// What becomes of the times of real files: reader and frame_times() together, and written again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "clip_maker.hpp"
#include "decode/video_reader.hpp"
#include "decoded_clip.hpp"
#include "temporary_folder.hpp"
#include "write/video.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using testing::counting_source;
using testing::DecodedClip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::read_bytes;
using testing::read_clip;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;

// 20 frames a second, each at the time that `setpts` gives it, in seconds.
void make_timed_clip(const fs::path& file, int frames, const std::string& seconds,
                     const std::string& coding) {
  run_ffmpeg("-f lavfi -i testsrc2=s=32x32:r=20 -vf \"settb=1/1000,setpts='round((" + seconds +
                 ")/TB)'\" -vsync vfr -frames:v " + std::to_string(frames) + " " + coding,
             file);
}

void append(const fs::path& file, const fs::path& tail) {
  std::vector<char> bytes = read_bytes(file);
  const std::vector<char> more = read_bytes(tail);
  bytes.insert(bytes.end(), more.begin(), more.end());
  write_bytes(file, bytes);
}

// Far behind what is looked at before frames are decoded.
TEST(ClipTimes, KeepALatePauseInAnyContainer) {
  const TemporaryFolder folder;
  for (const char* name : {"late.mkv", "late.mp4", "late.ts", "late.nut"}) {
    const fs::path file = folder / name;
    make_timed_clip(file, 350, "N*0.05+if(gte(N,300),2,0)", "-c:v mpeg4 -bf 2");
    const DecodedClip clip = read_clip(file);
    ASSERT_EQ(clip.frames.size(), 350U) << name;
    EXPECT_NEAR(clip.times_seconds[299], 14.95, 1e-6) << name;
    EXPECT_NEAR(clip.times_seconds.back(), 19.45, 1e-6) << name;
    EXPECT_EQ(clip.times.frame_rate, (Rational{20, 1})) << name;
  }
}

TEST(ClipTimes, KeepALateChangeOfRate) {
  const TemporaryFolder folder;
  for (const char* name : {"late.mkv", "late.mp4"}) {
    const fs::path file = folder / name;
    make_timed_clip(file, 400, "0.05*if(gt(N,350),2*N-350,N)", "-c:v mpeg4");
    const DecodedClip clip = read_clip(file);
    ASSERT_EQ(clip.frames.size(), 400U) << name;
    EXPECT_NEAR(clip.times_seconds[350], 17.5, 1e-6) << name;
    EXPECT_NEAR(clip.times_seconds.back(), 22.4, 1e-6) << name;
  }
}

// Frame 10 is stamped 30 s ahead, in the two bytes of its block's time.
TEST(ClipTimes, OneThatIsWrongMovesNoOtherFrame) {
  const TemporaryFolder folder;
  const fs::path file = folder / "outlier.mkv";
  make_timed_clip(file, 40, "N*0.05", "-c:v mpeg4 -g 100");
  std::vector<char> bytes = read_bytes(file);
  const std::string_view block("\x81\x01\xF4\x00", 4);  // Track 1, 500 ms, no key frame.
  const auto at = std::search(bytes.begin(), bytes.end(), block.begin(), block.end());
  ASSERT_NE(at, bytes.end());
  ASSERT_EQ(std::search(at + 1, bytes.end(), block.begin(), block.end()), bytes.end());
  at[1] = '\x77';  // 30.5 s.
  at[2] = '\x24';
  write_bytes(file, bytes);
  const DecodedClip clip = read_clip(file);
  ASSERT_EQ(clip.frames.size(), 40U);
  for (std::size_t n = 0; n < 40; ++n) {
    EXPECT_NEAR(clip.times_seconds[n], 0.05 * static_cast<double>(n), 1e-6) << "frame " << n;
  }
  EXPECT_THAT(clip.times.remarks, ElementsAre(HasSubstr("1 frame has a wrong time")));
}

TEST(ClipTimes, PartsOfABroadcastFollowOneAnother) {
  const TemporaryFolder folder;
  for (const char* container : {"mpegts", "mpeg"}) {
    for (const char* offset : {"36000", "30", "0"}) {
      const fs::path file = folder / "joined", tail = folder / "tail";
      const std::string coding =
          std::string("-f lavfi -i testsrc2=s=32x32:r=25 -frames:v 20 -c:v mpeg2video -bf 0 -f ") +
          container;
      run_ffmpeg(coding, file);
      run_ffmpeg(coding + " -output_ts_offset " + offset, tail);
      append(file, tail);
      const DecodedClip clip = read_clip(file);
      const std::string name = std::string(container) + " " + offset;
      ASSERT_GE(clip.frames.size(), 40U) << name;
      const double expected = 0.04 * static_cast<double>(clip.frames.size() - 1);
      EXPECT_NEAR(clip.times_seconds.back(), expected, 0.05) << name;
      EXPECT_THAT(clip.times.remarks, ElementsAre(HasSubstr("the clock jumps 1 time"))) << name;
    }
  }
}

// Whole packets of a transport stream are lost, and nobody says so.
TEST(ClipTimes, LostPacketsLeaveAGap) {
  const TemporaryFolder folder;
  const fs::path file = folder / "lost.ts";
  run_ffmpeg("-f lavfi -i testsrc2=s=160x120:r=25 -frames:v 100 -c:v mpeg2video -g 1", file);
  const double whole = read_clip(file).times_seconds.back();
  EXPECT_NEAR(whole, 99 / 25.0, 1e-6);
  std::vector<char> bytes = read_bytes(file);
  constexpr std::ptrdiff_t kPacketBytes = 188;
  const auto packets = static_cast<std::ptrdiff_t>(bytes.size()) / kPacketBytes;
  bytes.erase(bytes.begin() + packets * 2 / 5 * kPacketBytes,
              bytes.begin() + packets * 3 / 5 * kPacketBytes);
  write_bytes(file, bytes);
  const DecodedClip clip = read_clip(file);
  EXPECT_LT(clip.frames.size(), 85U);
  EXPECT_NEAR(clip.times_seconds.back(), whole, 1e-6);
  EXPECT_EQ(clip.times.frame_rate, (Rational{25, 1}));
  EXPECT_THAT(clip.times.remarks, ElementsAre(HasSubstr("frames are missing in 1 place")));
}

// 3 s are more than 2^31 nanoseconds. A hold of whole frames is written in frames.
TEST(ClipTimes, AHoldOfMoreTicksThanAnMp4HasCanBeWritten) {
  const TemporaryFolder folder;
  for (const char* hold : {"3", "3.013", "400.013"}) {
    const fs::path file = folder / "hold.nut", written = folder / "hold.mp4";
    make_timed_clip(file, 40, std::string("N*0.05+if(gt(N,20),") + hold + ",0)",
                    "-c:v ffv1 -enc_time_base 1/1000000000");
    const DecodedClip clip = read_clip(file);
    ASSERT_EQ(clip.info.time_base, (Rational{1, 1'000'000'000}));
    const auto writer = make_video_writer(written, {32, 32},
                                          {.frame_rate = clip.times.frame_rate,
                                           .time_base = clip.times.time_base,
                                           .keep_times = true});
    for (std::size_t n = 0; n < clip.frames.size(); ++n) {
      writer->write(clip.frames[n].permute({1, 2, 0}).contiguous(), clip.times.ticks[n]);
    }
    writer->finish();
    const DecodedClip again = read_clip(written);
    ASSERT_EQ(again.times_seconds.size(), 40U) << hold;
    for (std::size_t n = 0; n < 40; ++n) {
      const double expected = 0.05 * static_cast<double>(n) + (n > 20 ? std::stod(hold) : 0);
      EXPECT_NEAR(again.times_seconds[n], expected, 1e-4) << hold << ", frame " << n;
    }
  }
}

// Only what is counted is exact: by an index, or where all is read before.
TEST(ClipTimes, NumbersOfFramesAreCountsOrEstimates) {
  const TemporaryFolder folder;
  const auto info_of = [&](const char* name, int frames) {
    const fs::path file = folder / name;
    run_ffmpeg("-f lavfi -i testsrc2=s=32x32:r=25 -frames:v " + std::to_string(frames) +
                   " -c:v mpeg2video",
               file);
    return open_video(file)->info();
  };
  for (const char* name : {"long.mp4", "short.mkv", "short.ts"}) {
    const int frames = std::string_view(name).starts_with("long") ? 700 : 100;
    const ClipInfo info = info_of(name, frames);
    EXPECT_TRUE(info.frames_exact) << name;
    EXPECT_EQ(info.frames_estimate, frames) << name;
  }
  for (const char* name : {"long.mkv", "long.ts"}) {
    EXPECT_FALSE(info_of(name, 700).frames_exact) << name;
  }
  // Cut at the front: the first pictures need one that is not there.
  std::vector<char> bytes = read_bytes(folder / "short.ts");
  bytes.erase(bytes.begin() + 188 * 3, bytes.begin() + 188 * 15);
  write_bytes(folder / "cut.ts", bytes);
  EXPECT_FALSE(open_video(folder / "cut.ts")->info().frames_exact);
}

// Times of frames from one packet that has none on are the neighbours', in a container that gives
// none at all those of the rate.
TEST(ClipTimes, OfAStreamWithoutAnyCountOn) {
  const TemporaryFolder folder;
  const fs::path file = folder / "raw.h264";
  run_ffmpeg(counting_source(12) + " -c:v libx264 -qp 0 -pix_fmt yuv420p -bf 2", file);
  const DecodedClip clip = read_clip(file);
  EXPECT_EQ(clip.times.frame_rate, (Rational{25, 1}));
  EXPECT_EQ(clip.times.ticks.back(), 11);
  EXPECT_THAT(clip.times.remarks, IsEmpty());
}

}  // namespace
}  // namespace rollingdepth
