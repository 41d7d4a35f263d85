// What happens to sound that is damaged, absent or not wanted.
#include <gmock/gmock.h>

#include "sound/clicks.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::clicks;
using ::testing::Contains;
using ::testing::ContainsRegex;
using testing::copy_frames;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using testing::flash_times;
using testing::flashes;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::probe_sound;
using testing::read_bytes;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;

TEST(LostSound, ATrackInWhichNothingCanBeDecodedIsLeftOut) {
  const TemporaryFolder folder;
  // Noise that calls itself DTS, beside a track that is sound.
  run_ffmpeg(flashes() + " " + clicks() + " " + clicks() +
                 " -map 0 -map 1 -map 2 -c:v libx264 -c:a:0 aac -c:a:1 dca -strict -2 "
                 "-bsf:a:1 noise=amount=1",
             folder / "in.mkv");
  EXPECT_THAT(copy_frames(folder / "in.mkv", folder / "out.mp4", 10, 50),
              ElementsAre("audio track 2 (dts) is left out: nothing in it can be decoded"));
  EXPECT_THAT(probe_sound(folder / "out.mp4", "stream=codec_name"), ElementsAre("aac"));
  EXPECT_EQ(flash_times(folder / "out.mp4").size(), 2U);
}

TEST(LostSound, DamageInATrackIsSilenceAndTold) {
  const TemporaryFolder folder;
  run_ffmpeg(flashes() + " " + clicks() +
                 " -c:v libx264 -c:a dca -strict -2 -bsf:a \"noise=amount='between(n,120,160)'\"",
             folder / "in.mkv");
  const std::vector<std::string> remarks =
      copy_frames(folder / "in.mkv", folder / "out.mp4", 0, 125);
  ASSERT_EQ(remarks.size(), 1U);
  EXPECT_THAT(remarks[0], ContainsRegex("^audio track \\(dts\\): [0-9]+ damaged packets, silence"));
  // Its encoder delays by 11 ms. The tone at 2 s lies outside of what is damaged, which ends at 1.7
  // s.
  const std::vector<double> heard = testing::click_times(folder / "out.mp4");
  EXPECT_THAT(heard, Contains(DoubleNear(2, 0.02)));
  EXPECT_THAT(heard, Contains(DoubleNear(4, 0.02)));
}

TEST(LostSound, AFileOfWhichTheEndIsMissingGivesWhatIsThere) {
  const TemporaryFolder folder;
  run_ffmpeg(flashes() + " " + clicks() + " -c:v libx264 -g 25 -c:a aac", folder / "whole.ts");
  std::vector<char> bytes = read_bytes(folder / "whole.ts");
  bytes.resize(bytes.size() * 2 / 3);
  write_bytes(folder / "in.ts", bytes);
  copy_frames(folder / "in.ts", folder / "out.mp4", 0, 125);
  EXPECT_THAT(probe_sound(folder / "out.mp4", "stream=codec_name"), ElementsAre("aac"));
}

TEST(LostSound, DamageNeverStopsTheVideo) {
  const TemporaryFolder folder;
  for (const char* codec : {"aac", "eac3", "libopus", "libvorbis", "alac", "flac", "libmp3lame"}) {
    for (const char* amount : {"1", "300", "between(n,20,50)"}) {
      SCOPED_TRACE(std::string(codec) + " " + amount);
      run_ffmpeg(flashes() + " " + clicks() + " -c:v libx264 -c:a " + codec +
                     " -bsf:a \"noise=amount='" + amount + "'\"",
                 folder / "in.mkv");
      EXPECT_NO_THROW(copy_frames(folder / "in.mkv", folder / "out.mp4", 3, 100));
      EXPECT_EQ(flash_times(folder / "out.mp4").size(), 4U);
    }
  }
}

TEST(LostSound, WithoutSoundTheFileIsTheSameByteForByte) {
  const TemporaryFolder folder;
  run_ffmpeg(flashes() + " -c:v libx264", folder / "silent.mkv");
  run_ffmpeg(flashes() + " " + clicks() + " -c:v libx264 -c:a aac", folder / "in.mkv");
  EXPECT_THAT(copy_frames(folder / "silent.mkv", folder / "silent.mp4", 0, 30), IsEmpty());
  copy_frames(folder / "in.mkv", folder / "no_audio.mp4", 0, 30, {.with_sound = false});
  const std::unique_ptr<FrameSource> source = open_video(folder / "in.mkv");
  VideoOptions options{.frame_rate = {25, 1}, .time_base = {1, 25}, .keep_times = true};
  const auto writer = make_video_writer(folder / "plain.mp4", testing::kClickSize, options);
  for (int i = 0; i < 30; ++i) {
    writer->write(source->next()->rgb.permute({1, 2, 0}).contiguous(), i);
  }
  writer->finish();
  EXPECT_EQ(read_bytes(folder / "no_audio.mp4"), read_bytes(folder / "plain.mp4"));
  EXPECT_EQ(read_bytes(folder / "silent.mp4"), read_bytes(folder / "plain.mp4"));
}

TEST(LostSound, TracksAreListedByWhatBecomesOfThem) {
  const TemporaryFolder folder;
  run_ffmpeg(flashes() + " " + clicks() + " " + clicks() +
                 " -map 0 -map 1 -map 2 -c:v libx264 -c:a:0 aac -c:a:1 pcm_s16le "
                 "-metadata:s:a:1 language=fra",
             folder / "in.mkv");
  const std::vector<WrittenTrack> tracks = list_sound(folder / "in.mkv", kDefaultMaxPixels);
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_TRUE(tracks[0].copied);
  EXPECT_FALSE(tracks[1].copied);
  EXPECT_EQ(tracks[1].language, "fra");
  EXPECT_THAT(list_sound(folder / "missing.mkv", kDefaultMaxPixels), IsEmpty());
}

}  // namespace
}  // namespace rollingdepth
