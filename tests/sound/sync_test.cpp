// Whether what is heard goes with what is seen: every second a bright frame and a tone.
#include <gmock/gmock.h>

#include "sound/clicks.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::click_times;
using testing::clicks;
using testing::copy_frames;
using ::testing::ElementsAre;
using testing::flash_times;
using testing::flashes;
using ::testing::IsEmpty;
using testing::probe_sound;
using testing::run_ffmpeg;
using testing::TemporaryFolder;

// A quarter of a frame.
constexpr double kInSync = 0.01;

void expect_in_sync(const std::filesystem::path& file, std::size_t count) {
  const std::vector<double> seen = flash_times(file);
  const std::vector<double> heard = click_times(file);
  ASSERT_EQ(seen.size(), count);
  ASSERT_EQ(heard.size(), count);
  for (std::size_t i = 0; i < count; ++i) EXPECT_NEAR(heard[i], seen[i], kInSync) << i;
}

struct Input {
  const char* name;  ///< Of the test.
  const char* file;
  const char* codecs;
  const char* written;  ///< The codec of the output.
};

void PrintTo(const Input& input, std::ostream* out) { *out << input.name; }

class SoundOf : public ::testing::TestWithParam<Input> {};

TEST_P(SoundOf, AnyPartIsInSync) {
  const TemporaryFolder folder;
  const std::filesystem::path input = folder / GetParam().file;
  run_ffmpeg(flashes() + " " + clicks() + " " + GetParam().codecs, input);
  struct Part {
    std::int64_t start, frames;
    std::size_t flashes;
  };
  for (const Part part : {Part{0, 125, 5}, Part{2, 60, 2}, Part{13, 63, 3}, Part{37, 50, 2}}) {
    SCOPED_TRACE(part.start);
    EXPECT_THAT(copy_frames(input, folder / "out.mp4", part.start, part.frames), IsEmpty());
    expect_in_sync(folder / "out.mp4", part.flashes);
    EXPECT_THAT(probe_sound(folder / "out.mp4", "stream=codec_name"),
                ElementsAre(GetParam().written));
    // Nothing is heard after the last picture.
    const double length = std::stod(probe_sound(folder / "out.mp4", "stream=duration").at(0));
    EXPECT_NEAR(length, static_cast<double>(part.frames) / 25, 0.05);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Copied, SoundOf,
    ::testing::Values(Input{"AacInMp4", "in.mp4", "-c:v libx264 -bf 2 -c:a aac", "aac"},
                      Input{"AacInTransportStream", "in.ts", "-c:v libx264 -bf 2 -c:a aac", "aac"},
                      Input{"AacInMatroska", "in.mkv", "-c:v libx264 -c:a aac", "aac"},
                      Input{"Mp3", "in.mkv", "-c:v libx264 -bf 2 -c:a libmp3lame", "mp3"},
                      Input{"Ac3", "in.mov", "-c:v libx264 -c:a ac3", "ac3"},
                      Input{"EAc3", "in.mkv", "-c:v libx264 -c:a eac3", "eac3"},
                      Input{"Alac", "in.mov", "-c:v libx264 -c:a alac", "alac"},
                      Input{"Flac", "in.mkv", "-c:v libx264 -c:a flac", "flac"},
                      Input{"Opus", "in.webm", "-c:v libvpx -c:a libopus", "opus"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    ToAac, SoundOf,
    ::testing::Values(Input{"Pcm", "in.mov", "-c:v libx264 -bf 2 -c:a pcm_s16le", "aac"},
                      Input{"Vorbis", "in.webm", "-c:v libvpx -c:a libvorbis", "aac"},
                      Input{"OfAnUnknownRate", "in.avi", "-c:v mpeg4 -c:a pcm_s16le -ar 37800",
                            "aac"},
                      Input{"Mp2", "in.ts", "-c:v mpeg2video -bf 2 -c:a mp2", "aac"},
                      Input{"FourChannels", "in.mkv", "-c:v libx264 -c:a pcm_s24le -ac 4", "aac"}),
    [](const auto& test) { return test.param.name; });

TEST(SoundInSync, OfAFileThatDoesNotBeginAtZero) {
  const TemporaryFolder folder;
  for (const char* name : {"in.ts", "in.mkv"}) {
    SCOPED_TRACE(name);
    run_ffmpeg(flashes() + " " + clicks() + " -c:v libx264 -bf 3 -c:a aac -output_ts_offset 7.3",
               folder / name);
    copy_frames(folder / name, folder / "out.mp4", 30, 60);
    expect_in_sync(folder / "out.mp4", 2);
  }
}

TEST(SoundInSync, WhereItBeginsLate) {
  const TemporaryFolder folder;
  for (const char* codec : {"aac", "pcm_s16le"}) {
    SCOPED_TRACE(codec);
    run_ffmpeg(flashes() + " " + clicks() + " -af atrim=start=1.3 -c:v libx264 -c:a " + codec,
               folder / "in.mkv");
    copy_frames(folder / "in.mkv", folder / "out.mp4", 5, 100);
    EXPECT_THAT(flash_times(folder / "out.mp4").size(), 4U);
    const std::vector<double> heard = click_times(folder / "out.mp4");
    ASSERT_EQ(heard.size(), 3U);
    EXPECT_NEAR(heard[0], 2 - 0.2, kInSync);
    EXPECT_NEAR(heard[2], 4 - 0.2, kInSync);
  }
}

TEST(SoundInSync, WhereItEndsEarly) {
  const TemporaryFolder folder;
  run_ffmpeg(flashes() + " " + clicks(",atrim=end=2.5") + " -c:v libx264 -c:a aac",
             folder / "in.mp4");
  copy_frames(folder / "in.mp4", folder / "out.mp4", 10, 100);
  EXPECT_THAT(click_times(folder / "out.mp4").size(), 2U);
  EXPECT_EQ(flash_times(folder / "out.mp4").size(), 4U);
}

TEST(SoundInSync, WherePacketsAreMissing) {
  const TemporaryFolder folder;
  // Silence takes the place of what is cut out: the clicks behind it stay where they are.
  run_ffmpeg(
      flashes() + " " + clicks(",aselect='not(between(t,1.2,1.8))'") + " -c:v libx264 -c:a aac",
      folder / "in.mkv");
  copy_frames(folder / "in.mkv", folder / "out.mp4", 0, 125);
  expect_in_sync(folder / "out.mp4", 5);
}

TEST(SoundInSync, WhereTheClockJumps) {
  const TemporaryFolder folder;
  for (const char* offset : {"0", "500"}) {
    run_ffmpeg(flashes() + " " + clicks() + " -c:v mpeg2video -c:a mp2 -output_ts_offset " + offset,
               folder / (std::string(offset) + ".ts"));
  }
  for (const auto& [first, second] : {std::pair{"0.ts", "500.ts"}, {"500.ts", "0.ts"}}) {
    SCOPED_TRACE(first);
    std::vector<char> bytes = testing::read_bytes(folder / first);
    const std::vector<char> more = testing::read_bytes(folder / second);
    bytes.insert(bytes.end(), more.begin(), more.end());
    testing::write_bytes(folder / "in.ts", bytes);
    copy_frames(folder / "in.ts", folder / "out.mp4", 10, 230);
    expect_in_sync(folder / "out.mp4", 9);
  }
}

}  // namespace
}  // namespace rollingdepth
