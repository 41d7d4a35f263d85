#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "decode/clip_maker.hpp"
#include "error_matchers.hpp"
#include "live/live_source.hpp"
#include "sender.hpp"
#include "source_frames.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::live {
namespace {

using testing::counting_source;
using ::testing::ElementsAre;
using testing::ffmpeg_command;
using testing::frames_of;
using ::testing::HasSubstr;
using testing::message_of;
using testing::numbers_of;
using testing::remarks_of;
using testing::Sender;
using testing::times_of;

/// A test with a pipe for standard input.
class LiveSourcePipe : public ::testing::Test {
 protected:
  /// Sends what a command writes, and then the end.
  void send(const std::string& command) {
    sender_.emplace(command, input_.writing_end());
    input_.close_writing_end();
  }
  void send_video(const std::string& arguments) { send(ffmpeg_command(arguments)); }
  std::unique_ptr<LiveSource> open(const SourceOptions& options = {.source = "-"}) const {
    return open_live_source(options, stop_);
  }
  std::string message_of_opening() const {
    return message_of(ErrorKind::kInput, [&] { open(); });
  }

  testing::StandardInput input_;
  std::optional<Sender> sender_;
  StopFlag stop_;
};

TEST_F(LiveSourcePipe, ReadsY4mByItsContent) {
  send_video(counting_source(4) + " -pix_fmt gray -f yuv4mpegpipe -strict -1 -");
  const auto source = open();
  EXPECT_EQ(source->info().name, "standard input");
  EXPECT_FALSE(source->info().drops);
  EXPECT_EQ(source->info().frame_rate, (Rational{.num = 25, .den = 1}));
  const std::vector<LiveFrame> frames = frames_of(*source);
  EXPECT_THAT(numbers_of(frames), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(times_of(frames), ElementsAre(0, 40'000, 80'000, 120'000));
  EXPECT_EQ(remarks_of(*source), "");
}

TEST_F(LiveSourcePipe, ReadsDepthOfSixteenBits) {
  send_video(counting_source(3) + " -pix_fmt gray16le -f yuv4mpegpipe -strict -1 -");
  EXPECT_THAT(numbers_of(frames_of(*open())), ElementsAre(0, 1, 2));
}

TEST_F(LiveSourcePipe, ReadsRawPicturesAsTheyAreSaidToBe) {
  send_video(testing::quarters_source(2) + " -pix_fmt rgb24 -f rawvideo -");
  const auto source = open({.source = "-",
                            .raw = RawInput{.size = {.width_px = 64, .height_px = 48},
                                            .frame_rate = {.num = 10, .den = 1},
                                            .pixel_format = "rgb24"}});
  const std::vector<LiveFrame> frames = frames_of(*source);
  EXPECT_THAT(times_of(frames), ElementsAre(0, 100'000));
  const at::Tensor red = frames.back().rgb.select(2, 2).select(1, 2);
  EXPECT_TRUE(at::equal(red, at::tensor({255, 0, 0}, at::kByte)));
}

TEST_F(LiveSourcePipe, ReadsTransportStreams) {
  send_video(counting_source(20) + " -pix_fmt yuv420p -c:v libx264 -bf 2 -crf 5 -f mpegts -");
  const auto source = open();
  const std::vector<int> numbers = numbers_of(frames_of(*source));
  ASSERT_EQ(numbers.size(), 20);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(numbers[static_cast<std::size_t>(i)], i);
}

TEST_F(LiveSourcePipe, ReadsMatroska) {
  send_video(counting_source(5) + " -c:v ffv1 -f matroska -");
  const std::vector<LiveFrame> frames = frames_of(*open());
  EXPECT_THAT(numbers_of(frames), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(times_of(frames), ElementsAre(0, 40'000, 80'000, 120'000, 160'000));
}

TEST_F(LiveSourcePipe, IsPacedWhereItIsToBe) {
  send_video(counting_source(4) + " -pix_fmt gray -f yuv4mpegpipe -strict -1 -");
  const auto source = open({.source = "-", .realtime = true});
  EXPECT_TRUE(source->info().drops);
  const std::vector<LiveFrame> frames = frames_of(*source);
  ASSERT_EQ(frames.size(), 4);
  EXPECT_GE(frames[3].captured - frames[0].captured, std::chrono::milliseconds(120));
}

TEST_F(LiveSourcePipe, WaitsForAWriterThatTakesItsTime) {
  send("sleep 1 && " + ffmpeg_command("-f lavfi -i color=red:s=64x48:r=25 -frames:v 2 "
                                      "-f yuv4mpegpipe -"));
  EXPECT_EQ(frames_of(*open()).size(), 2);
}

TEST_F(LiveSourcePipe, SaysThatNothingWasWritten) {
  send("true");
  EXPECT_EQ(message_of_opening(), "cannot open standard input: nothing was written to it");
}

TEST_F(LiveSourcePipe, SaysSoOfRawPicturesToo) {
  send("true");
  const SourceOptions options{.source = "-",
                              .raw = RawInput{.size = {.width_px = 64, .height_px = 48},
                                              .frame_rate = {.num = 10, .den = 1},
                                              .pixel_format = "rgb24"}};
  EXPECT_EQ(message_of(ErrorKind::kInput, [&] { open(options); }),
            "cannot open standard input: nothing was written to it");
}

TEST_F(LiveSourcePipe, RefusesWhatIsNoVideo) {
  send("cat /dev/zero");
  EXPECT_EQ(message_of_opening(), "cannot open standard input: what it gives is not a video");
}

// It would listen to the network.
TEST_F(LiveSourcePipe, DoesNotFollowWhatComesThroughIt) {
  send(
      "printf '#EXTM3U\\n#EXT-X-TARGETDURATION:5\\n#EXTINF:5,\\nhttp://127.0.0.1:9/a.ts\\n"
      "#EXT-X-ENDLIST\\n'");
  EXPECT_THAT(message_of_opening(), HasSubstr("cannot open standard input: "));
}

TEST_F(LiveSourcePipe, GivesWhatCameBeforeItBrokeOff) {
  send_video(counting_source(5) + " -pix_fmt gray -f yuv4mpegpipe -strict -1 - | head -c 10000");
  const auto source = open();  // 3072 bytes a picture.
  EXPECT_GE(frames_of(*source).size(), 3);
  EXPECT_FALSE(source->next());
}

TEST(LiveSourceNamedPipe, IsReadLikeStandardInput) {
  const testing::TemporaryFolder folder;
  const std::string pipe = (folder / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const Sender sender(ffmpeg_command(counting_source(3) +
                                     " -pix_fmt gray -f yuv4mpegpipe -strict -1 '" + pipe + "'"));
  const StopFlag stop;
  const auto source = open_live_source({.source = pipe}, stop);
  EXPECT_THAT(numbers_of(frames_of(*source)), ElementsAre(0, 1, 2));
}

// An MP4 file's index is at its end.
TEST(LiveSourceStandardInput, IsSoughtInWhereItIsAFile) {
  const testing::TemporaryFolder folder;
  const std::string file = (folder / "clip.mp4").string();
  testing::run_ffmpeg(counting_source(3) + " -pix_fmt yuv420p -c:v libx264 -crf 5", file);
  const testing::StandardInput input;
  const int descriptor = ::open(file.c_str(), O_RDONLY);
  ASSERT_GE(descriptor, 0);
  ::dup2(descriptor, STDIN_FILENO);
  ::close(descriptor);
  const StopFlag stop;
  EXPECT_THAT(numbers_of(frames_of(*open_live_source({.source = "-"}, stop))),
              ElementsAre(0, 1, 2));
}

TEST(LiveSourceStandardInput, IsRefusedWhereItIsATerminal) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || ::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0) {
    GTEST_SKIP() << "no terminal can be made";
  }
  const int descriptor = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
  ASSERT_GE(descriptor, 0);
  const testing::StandardInput input;
  ::dup2(descriptor, STDIN_FILENO);
  const StopFlag stop;
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { open_live_source({.source = "-"}, stop); }),
              HasSubstr("it is a terminal"));
  ::close(descriptor);
  ::close(terminal);
}

}  // namespace
}  // namespace rollingdepth::live
