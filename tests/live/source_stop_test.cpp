#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <optional>

#include "decode/clip_maker.hpp"
#include "live/live_source.hpp"
#include "rollingdepth/error.hpp"
#include "sender.hpp"
#include "sockets.hpp"
#include "source_frames.hpp"
#include "temporary_folder.hpp"

// Every wait ends with the flag. None of these sources would let a wait end in another way within
// ten seconds, nor then without an error of another kind.
namespace rollingdepth::live {
namespace {

using namespace std::chrono_literals;
using testing::counting_source;
using testing::ffmpeg_command;
using testing::LaterStop;
using testing::Sender;
using testing::SilentServer;

constexpr auto kLater = 300ms;

std::string local(const std::string& scheme, int port, const std::string& rest = "") {
  return scheme + "://127.0.0.1:" + std::to_string(port) + rest;
}

void expect_cancelled(const std::string& source) {
  StopFlag stop;
  const LaterStop later(stop, kLater);
  EXPECT_THROW(open_live_source({.source = source}, stop), Cancelled) << source;
}

TEST(LiveSourceStop, IsHeededBeforeAnythingIsOpened) {
  const testing::TemporaryFolder folder;
  testing::run_ffmpeg(counting_source(2) + " -c:v ffv1", folder / "clip.mkv");
  StopFlag stop;
  stop.raise();
  EXPECT_THROW(open_live_source({.source = (folder / "clip.mkv").string()}, stop), Cancelled);
  EXPECT_THROW(open_live_source({.source = local("udp", testing::free_udp_port())}, stop),
               Cancelled);
}

TEST(LiveSourceStop, EndsWaitingForTheWriterOfAPipe) {
  const testing::StandardInput input;  // Its other end is open, here.
  expect_cancelled("-");
  const testing::TemporaryFolder folder;
  const std::string pipe = (folder / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_cancelled(pipe);
}

TEST(LiveSourceStop, EndsWaitingInTheMiddleOfAPipe) {
  testing::StandardInput input;
  // The end of the pipe that this process keeps is open when all that is sent was read.
  const Sender sender(ffmpeg_command(counting_source(2) + " -pix_fmt gray -strict -1 "
                                                          "-f yuv4mpegpipe -"),
                      input.writing_end());
  StopFlag stop;
  const auto source = open_live_source({.source = "-"}, stop);
  EXPECT_TRUE(source->next());
  EXPECT_TRUE(source->next());
  const LaterStop later(stop, kLater);
  EXPECT_FALSE(source->next());
  EXPECT_FALSE(source->next());
}

TEST(LiveSourceStop, EndsWaitingForASender) {
  expect_cancelled(local("udp", testing::free_udp_port()));
  expect_cancelled(local("tcp", testing::free_tcp_port(), "?listen"));
  expect_cancelled(local("rtsp", testing::free_tcp_port(), "/live?listen"));
  expect_cancelled(local("rtmp", testing::free_tcp_port(), "/live/key?listen"));
  expect_cancelled(local("srt", testing::free_udp_port(), "?mode=listener"));
}

TEST(LiveSourceStop, EndsWaitingForAServerThatIsSilent) {
  const SilentServer server;
  expect_cancelled(local("tcp", server.port()));
  expect_cancelled(local("http", server.port(), "/video"));
  expect_cancelled(local("rtsp", server.port(), "/live"));
  expect_cancelled(local("rtmp", server.port(), "/live/key"));
  // A server of SRT does not listen here: a connection takes three seconds to fail.
  expect_cancelled(local("srt", testing::free_udp_port()));
}

TEST(LiveSourceStop, EndsWaitingForAFrameThatIsNotDue) {
  const testing::TemporaryFolder folder;
  const std::string file = (folder / "clip.mkv").string();
  testing::run_ffmpeg("-f lavfi -i color=red:s=64x48:r=1/1000 -frames:v 2 -c:v ffv1", file);
  StopFlag stop;
  const auto source = open_live_source({.source = file, .realtime = true}, stop);
  EXPECT_TRUE(source->next());
  const LaterStop later(stop, kLater);
  EXPECT_FALSE(source->next());
}

TEST(LiveSourceStop, EndsWaitingForASourceToComeBack) {
  const int port = testing::free_tcp_port();
  std::optional<Sender> sender;
  sender.emplace(ffmpeg_command(testing::camera_source() + testing::live_h264() + "-f mpegts " +
                                local("tcp", port, "?listen")));
  StopFlag stop;
  const auto source =
      testing::open_when_there({.source = local("tcp", port), .reconnect = true}, stop);
  EXPECT_TRUE(source->next());
  sender->kill();
  const LaterStop later(stop, 2s);
  while (source->next()) continue;
  EXPECT_TRUE(stop.raised());
}

}  // namespace
}  // namespace rollingdepth::live
