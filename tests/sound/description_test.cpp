// Languages, title, chapters: what a file says of itself.
#include <gmock/gmock.h>

#include <fstream>

#include "sound/clicks.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::clicks;
using testing::copy_frames;
using ::testing::ElementsAre;
using testing::flashes;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::output_of;
using testing::probe_sound;
using testing::run_ffmpeg;
using testing::TemporaryFolder;

std::string told_by(const std::filesystem::path& file, const std::string& entries) {
  return output_of("ffprobe -v error -show_entries " + entries + " -of compact '" + file.string() +
                   "'");
}

TEST(SoundDescription, TracksKeepTheirLanguagesAndTitles) {
  const TemporaryFolder folder;
  run_ffmpeg(flashes() + " " + clicks() + " " + clicks(",volume=0.5") +
                 " -map 0 -map 1 -map 2 -c:v libx264 -c:a:0 aac -c:a:1 libvorbis "
                 "-metadata:s:a:0 language=eng -metadata:s:a:1 language=deu "
                 "-metadata:s:a:1 title=Kommentar -disposition:a:1 default -disposition:a:0 0",
             folder / "in.mkv");
  EXPECT_THAT(copy_frames(folder / "in.mkv", folder / "out.mp4", 10, 50), IsEmpty());
  EXPECT_THAT(probe_sound(folder / "out.mp4", "stream=codec_name:stream_tags=language"),
              ElementsAre("aac", "eng", "aac", "deu"));
  EXPECT_THAT(probe_sound(folder / "out.mp4", "stream_disposition=default"), ElementsAre("0", "1"));
  EXPECT_THAT(told_by(folder / "out.mp4", "stream_tags"), HasSubstr("handler_name=Kommentar"));
  EXPECT_EQ(testing::click_times(folder / "out.mp4", 1).size(), 2U);
}

TEST(SoundDescription, TheFileKeepsTitleAndTimeAndNothingOfThePictures) {
  const TemporaryFolder folder;
  run_ffmpeg(flashes() + " " + clicks() +
                 " -c:v libx264 -c:a aac -metadata title=Harbour -metadata artist=Somebody "
                 "-metadata creation_time=2021-05-06T07:08:09Z -metadata:s:v rotate=90 "
                 "-metadata location=+48.2+016.3/",
             folder / "in.mp4");
  copy_frames(folder / "in.mp4", folder / "out.mp4", 0, 30, {.with_sound = false});
  const std::string told = told_by(folder / "out.mp4", "format_tags:stream_tags:stream_side_data");
  EXPECT_THAT(told, HasSubstr("title=Harbour"));
  EXPECT_THAT(told, HasSubstr("artist=Somebody"));
  EXPECT_THAT(told, HasSubstr("creation_time=2021-05-06T07:08:09"));
  EXPECT_THAT(told, Not(HasSubstr("otat")));
  EXPECT_THAT(told, Not(HasSubstr("location")));
  EXPECT_THAT(probe_sound(folder / "out.mp4", "stream=codec_name"), IsEmpty());
}

TEST(SoundDescription, ChaptersAreCutToTheFrames) {
  const TemporaryFolder folder;
  std::ofstream(folder / "chapters.txt")
      << ";FFMETADATA1\n"
         "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
         "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=3000\ntitle=Two\n"
         "[CHAPTER]\nTIMEBASE=1/1000\nSTART=3000\nEND=5000\ntitle=Three\n";
  run_ffmpeg(flashes() + " " + clicks() + " -i '" + (folder / "chapters.txt").string() +
                 "' -map 0 -map 1 -map_chapters 2 -c:v libx264 -c:a pcm_s16le",
             folder / "in.mkv");
  const auto chapters = [&] {
    return output_of(
        "ffprobe -v error -show_entries chapter=start_time,end_time:chapter_tags=title "
        "-of csv=p=0 '" +
        (folder / "out.mp4").string() + "'");
  };
  copy_frames(folder / "in.mkv", folder / "out.mp4", 50, 50);
  EXPECT_EQ(chapters(), "0.000000,1.000000,Two\n1.000000,2.000000,Three\n");
  // Where times are changed there are none.
  copy_frames(folder / "in.mkv", folder / "out.mp4", 50, 50,
              {.with_sound = false, .with_times = false});
  EXPECT_EQ(chapters(), "");
}

}  // namespace
}  // namespace rollingdepth
