#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "decode/clip_maker.hpp"
#include "error_matchers.hpp"
#include "live/live_source.hpp"
#include "rollingdepth/video.hpp"
#include "source_frames.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::live {
namespace {

using testing::counting_source;
using ::testing::ElementsAre;
using testing::frames_of;
using ::testing::HasSubstr;
using testing::message_of;
using testing::numbers_of;
using testing::remarks_of;
using testing::run_ffmpeg;
using testing::times_of;

/// A test with a folder for its clips.
class LiveSourceFile : public ::testing::Test {
 protected:
  std::string make(const std::string& arguments, const std::string& name) const {
    run_ffmpeg(arguments, folder_ / name);
    return (folder_ / name).string();
  }
  std::unique_ptr<LiveSource> open(const SourceOptions& options) const {
    return open_live_source(options, stop_);
  }
  std::string message_of_opening(const SourceOptions& options) const {
    return message_of(ErrorKind::kInput, [&] { open(options); });
  }

  testing::TemporaryFolder folder_;
  StopFlag stop_;
};

TEST_F(LiveSourceFile, GivesTheFramesThatVideosAreReadAs) {
  // With pictures that are stored in another order than they are shown in.
  const std::string file =
      make("-f lavfi -i testsrc2=s=96x64:r=25 -frames:v 30 -c:v libx264 -bf 3", "clip.mp4");
  const auto source = open({.source = file});
  EXPECT_EQ(source->info().name, file);
  EXPECT_EQ(source->info().size, (FrameSize{.width_px = 96, .height_px = 64}));
  EXPECT_EQ(source->info().frame_rate, (Rational{.num = 25, .den = 1}));
  EXPECT_FALSE(source->info().drops);
  const std::vector<LiveFrame> frames = frames_of(*source);
  ASSERT_EQ(frames.size(), 30);
  const auto video = open_video(file);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto expected = video->next();
    ASSERT_TRUE(expected);
    EXPECT_TRUE(at::equal(frames[i].rgb, expected->rgb)) << i;
    EXPECT_EQ(frames[i].number, static_cast<std::int64_t>(i));
    EXPECT_EQ(frames[i].time_us, static_cast<std::int64_t>(i) * 40'000);
    EXPECT_FALSE(frames[i].begins_anew);
  }
  EXPECT_FALSE(source->next());
  EXPECT_EQ(remarks_of(*source), "");
}

TEST_F(LiveSourceFile, TurnsPicturesUprightAndMakesPixelsSquare) {
  const std::string file =
      make(testing::quarters_source(2) + " -vf setsar=2 -c:v libx264 -pix_fmt yuv420p", "clip.mp4");
  testing::set_display_matrix(file, {0, 1, -1, 0});  // A quarter turn.
  const auto source = open({.source = file});
  const auto video = open_video(file);
  EXPECT_EQ(source->info().size, (FrameSize{.width_px = 48, .height_px = 128}));
  EXPECT_TRUE(at::equal(source->next()->rgb, video->next()->rgb));
}

TEST_F(LiveSourceFile, BeginsAgainAtItsEndWithTimesThatGoOn) {
  const std::string file = make(counting_source(3) + " -c:v ffv1", "clip.mkv");
  const auto source = open({.source = file, .loop = true});
  const std::vector<LiveFrame> frames = frames_of(*source, 8);
  EXPECT_THAT(numbers_of(frames), ElementsAre(0, 1, 2, 0, 1, 2, 0, 1));
  EXPECT_THAT(times_of(frames),
              ElementsAre(0, 40'000, 80'000, 120'000, 160'000, 200'000, 240'000, 280'000));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].begins_anew, i == 3 || i == 6) << i;
    EXPECT_EQ(frames[i].number, static_cast<std::int64_t>(i));
  }
}

TEST_F(LiveSourceFile, IsPacedByItsOwnTimesWhereItIsToBe) {
  const std::string file = make(counting_source(6) + " -c:v ffv1", "clip.mkv");
  const auto source = open({.source = file, .realtime = true});
  EXPECT_TRUE(source->info().drops);
  const LiveFrame first = *source->next();
  for (int i = 1; i < 6; ++i) {
    const auto frame = source->next();
    ASSERT_TRUE(frame);
    // Not before it was due; when it was due unless this machine was too slow, which is told.
    EXPECT_LE(frame->captured, Clock::now());
    const std::chrono::microseconds since(frame->time_us - first.time_us);
    EXPECT_GE(frame->captured, first.captured + since);
    const bool in_time = remarks_of(*source).empty();
    EXPECT_TRUE(!in_time || frame->captured == first.captured + since);
  }
  EXPECT_FALSE(source->next());
}

TEST_F(LiveSourceFile, ScalesFramesOfAnotherSizeToTheFirst) {
  const std::string small =
      make("-f lavfi -i color=red:s=64x48:r=25 -frames:v 3 -c:v libx264", "a.ts");
  make("-f lavfi -i color=red:s=160x80:r=25 -frames:v 3 -c:v libx264", "b.ts");
  ASSERT_EQ(std::system(("cat '" + (folder_ / "b.ts").string() + "' >> '" + small + "'").c_str()),
            0);
  const auto source = open({.source = small});
  const std::vector<LiveFrame> frames = frames_of(*source);
  ASSERT_EQ(frames.size(), 6);
  for (const LiveFrame& frame : frames) EXPECT_THAT(frame.rgb.sizes(), ElementsAre(3, 48, 64));
  EXPECT_EQ(
      remarks_of(*source),
      small + ": the picture size changes to 160x80 in mid-stream: scaled to the first one's\n");
}

TEST_F(LiveSourceFile, TellsOfDamageAndGoesOn) {
  const std::string file = make(
      "-f lavfi -i testsrc2=s=64x48:r=25 -frames:v 6 -c:v mjpeg -pix_fmt yuvj420p", "clip.avi");
  std::vector<char> bytes = testing::read_bytes(file);
  const std::string begin = "\xff\xd8\xff";  // Of a picture.
  auto at = std::search(bytes.begin(), bytes.end(), begin.begin(), begin.end());
  for (int picture = 0; picture < 6; ++picture) {
    ASSERT_NE(at, bytes.end());
    if (picture == 1 || picture == 4) std::fill(at, at + 600, '\0');
    at = std::search(at + 600, bytes.end(), begin.begin(), begin.end());
  }
  testing::write_bytes(file, bytes);
  const auto source = open({.source = file});
  EXPECT_EQ(frames_of(*source).size(), 4);
  // One at once, the other with the end or five seconds later.
  const std::string remarks = remarks_of(*source);
  EXPECT_THAT(remarks, HasSubstr(file + ": 1 damaged packet skipped\n"));
  EXPECT_EQ(std::count(remarks.begin(), remarks.end(), '\n'), 2);
}

// Several threads make of damaged pictures what their timing makes of them.
TEST_F(LiveSourceFile, IsDecodedTheSameEachTimeByOneThread) {
  const std::string file = make(
      "-f lavfi -i testsrc2=s=320x240:r=25 -frames:v 60 -g 20 -c:v libx264 -movflags +faststart",
      "clip.mov");
  std::vector<char> bytes = testing::read_bytes(file);
  for (std::size_t i = bytes.size() / 5; i < bytes.size(); i += 1500) {
    bytes[i] = static_cast<char>(bytes[i] ^ 4);
  }
  testing::write_bytes(file, bytes);
  const std::vector<LiveFrame> first = frames_of(*open({.source = file, .threads = 1}));
  EXPECT_GT(first.size(), 30);
  for (int reading = 1; reading < 4; ++reading) {
    const std::vector<LiveFrame> again = frames_of(*open({.source = file, .threads = 1}));
    ASSERT_EQ(again.size(), first.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
      ASSERT_TRUE(at::equal(again[i].rgb, first[i].rgb)) << i;
    }
  }
}

TEST_F(LiveSourceFile, ReadsRawPictures) {
  const std::string file = make(counting_source(4) + " -pix_fmt gray16le -f rawvideo", "clip.raw");
  const RawInput raw{.size = {.width_px = 64, .height_px = 48},
                     .frame_rate = {.num = 30000, .den = 1001},
                     .pixel_format = "gray16le"};
  const auto source = open({.source = file, .raw = raw});
  EXPECT_EQ(source->info().frame_rate, raw.frame_rate);
  const std::vector<LiveFrame> frames = frames_of(*source);
  EXPECT_THAT(times_of(frames), ElementsAre(0, 33'367, 66'733, 100'100));
  RawInput large = raw;
  large.size = {.width_px = 64'000, .height_px = 48'000};
  EXPECT_THAT(message_of_opening({.source = file, .raw = large}), HasSubstr("--max-pixels"));
}

TEST_F(LiveSourceFile, SaysWhatCannotBeOpenedInTheWordsOfTheOtherCommands) {
  EXPECT_EQ(message_of_opening({.source = "/no/such.mp4"}),
            "cannot open video /no/such.mp4: no such file");
  EXPECT_THAT(message_of_opening({.source = folder_.path().string()}), HasSubstr("it is a folder"));
  const std::string file = (folder_ / "empty.mp4").string();
  std::ofstream(file).close();
  EXPECT_THAT(message_of_opening({.source = file}), HasSubstr("the file is empty"));
  std::ofstream(file) << "no video";
  EXPECT_THAT(message_of_opening({.source = file}), HasSubstr("not a video"));
  const std::string sound = make("-f lavfi -i sine=duration=1", "sound.wav");
  EXPECT_THAT(message_of_opening({.source = sound}), HasSubstr("no video stream"));
  const std::string clip = make(counting_source(2) + " -c:v ffv1", "clip.mkv");
  EXPECT_THAT(message_of_opening({.source = clip, .max_pixels = 100}), HasSubstr("--max-pixels"));
}

// It would listen to the network.
TEST_F(LiveSourceFile, DoesNotFollowWhatAFileNames) {
  const std::string session = (folder_ / "session.sdp").string();
  std::ofstream(session) << "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
                            "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n";
  EXPECT_THAT(message_of_opening({.source = session}), HasSubstr("cannot open video"));
  const std::string playlist = (folder_ / "list.m3u8").string();
  std::ofstream(playlist)
      << "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n"
         "#EXT-X-ENDLIST\n";
  EXPECT_THAT(message_of_opening({.source = playlist}), HasSubstr("cannot open video"));
}

}  // namespace
}  // namespace rollingdepth::live
