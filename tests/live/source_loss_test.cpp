#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "decode/clip_maker.hpp"
#include "error_matchers.hpp"
#include "live/live_source.hpp"
#include "sender.hpp"
#include "sockets.hpp"
#include "source_frames.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::live {
namespace {

using ::testing::AllOf;
using testing::camera_source;
using testing::ffmpeg_command;
using testing::frames_of;
using testing::free_tcp_port;
using testing::free_udp_port;
using ::testing::HasSubstr;
using testing::live_h264;
using testing::message_of;
using testing::open_when_there;
using testing::remarks_of;
using testing::Sender;

std::string local(const std::string& scheme, int port, const std::string& rest = "") {
  return scheme + "://127.0.0.1:" + std::to_string(port) + rest;
}

std::string served_at(int port, const std::string& pictures = camera_source()) {
  return ffmpeg_command(pictures + live_h264() + "-f mpegts '" + local("tcp", port, "?listen") +
                        "'");
}

/// Reads on until a frame does not follow the one before; expects that times increase.
LiveFrame frame_after_loss(LiveSource& source) {
  std::int64_t last_us = -1;
  while (true) {
    std::optional<LiveFrame> frame = source.next();
    if (!frame) throw std::runtime_error("it ended");
    EXPECT_GT(frame->time_us, last_us);
    last_us = frame->time_us;
    if (frame->begins_anew) return *std::move(frame);
  }
}

TEST(LiveSourceLoss, IsTheEndWhereASenderEnds) {
  const int port = free_tcp_port();
  const Sender sender(served_at(port, camera_source() + "-frames:v 10 "));
  const StopFlag stop;
  const auto source = open_when_there({.source = local("tcp", port)}, stop);
  EXPECT_EQ(frames_of(*source).size(), 10);
  EXPECT_FALSE(source->next());
}

TEST(LiveSourceLoss, IsAnErrorWhereASenderIsSilentForLong) {
  const int port = free_udp_port();
  std::optional<Sender> sender;
  sender.emplace(ffmpeg_command(camera_source() + live_h264() + "-f mpegts " + local("udp", port)));
  const StopFlag stop;
  const auto source = open_when_there({.source = local("udp", port)}, stop);
  EXPECT_TRUE(source->next());
  sender->kill();
  EXPECT_EQ(message_of(ErrorKind::kInput,
                       [&] {
                         while (source->next()) continue;
                       }),
            local("udp", port) + " is lost: no picture came for 10 seconds");
}

TEST(LiveSourceLoss, IsAnErrorWhereOnlyNoiseComes) {
  const int port = free_udp_port();
  std::optional<Sender> sender;
  sender.emplace(ffmpeg_command(camera_source() + live_h264() + "-f mpegts " + local("udp", port)));
  const StopFlag stop;
  const auto source = open_when_there({.source = local("udp", port)}, stop);
  EXPECT_TRUE(source->next());
  sender->kill();
  const testing::NoiseSender noise(port);
  EXPECT_THAT(message_of(ErrorKind::kInput,
                         [&] {
                           while (source->next()) continue;
                         }),
              HasSubstr(local("udp", port) + " is lost: "));
}

TEST(LiveSourceLoss, IsAnErrorWhereThereIsNothingButNoise) {
  const int port = free_udp_port();
  const testing::NoiseSender noise(port);
  const StopFlag stop;
  EXPECT_THAT(message_of(ErrorKind::kInput,
                         [&] { open_live_source({.source = local("udp", port)}, stop); }),
              HasSubstr("cannot open " + local("udp", port) + ": "));
}

TEST(LiveSourceLoss, IsMadeUpForWhereTheSourceComesBack) {
  const int port = free_tcp_port();
  std::optional<Sender> sender;
  sender.emplace(served_at(port));
  const StopFlag stop;
  const auto source = open_when_there({.source = local("tcp", port), .reconnect = true}, stop);
  EXPECT_EQ(frames_of(*source, 5).size(), 5);
  sender->kill();
  // Another camera.
  const Sender second(served_at(port, "-re -f lavfi -i testsrc2=s=128x96:r=25 "));
  const LiveFrame frame = frame_after_loss(*source);
  EXPECT_EQ(frame.rgb.size(1), 48);
  EXPECT_EQ(frame.rgb.size(2), 64);
  const std::string name = local("tcp", port);
  EXPECT_THAT(remarks_of(*source),
              AllOf(HasSubstr(name + ": lost ("), HasSubstr("); opening it again\n"),
                    HasSubstr(name + ": opened again\n"),
                    HasSubstr("frames are 128x96 now; scaled to 64x48 as before")));
  EXPECT_FALSE(source->next()->begins_anew);
}

TEST(LiveSourceLoss, IsMadeUpForAgainAndAgain) {
  const int port = free_tcp_port();
  std::optional<Sender> sender;
  sender.emplace(served_at(port, camera_source() + "-frames:v 4 "));
  const StopFlag stop;
  const auto source = open_when_there({.source = local("tcp", port), .reconnect = true}, stop);
  for (int time = 0; time < 2; ++time) {
    sender.emplace(served_at(port, camera_source() + "-frames:v 4 "));
    frame_after_loss(*source);
  }
  EXPECT_THAT(remarks_of(*source), HasSubstr("lost (it ended); opening it again"));
}

// A server's clip begins again and again.
TEST(LiveSourceLoss, IsNotToldForEver) {
  const testing::TemporaryFolder folder;
  testing::run_ffmpeg(testing::counting_source(2) + " -c:v libx264 -pix_fmt yuv420p",
                      folder / "clip.mp4");
  const int port = free_tcp_port();
  const Sender server("python3 " ROLLINGDEPTH_TEST_CHECKOUT "/tests/live/file_server.py " +
                      std::to_string(port) + " '" + folder.path().string() + "'");
  const StopFlag stop;
  const Clock::time_point begin = Clock::now();
  const auto source =
      open_when_there({.source = local("http", port, "/clip.mp4"), .reconnect = true}, stop);
  for (int time = 0; time < 6; ++time) frame_after_loss(*source);
  const std::vector<std::string> remarks = source->take_remarks();
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(Clock::now() - begin);
  const auto losses = std::count_if(remarks.begin(), remarks.end(), [](const std::string& remark) {
    return remark.find("open") != std::string::npos;
  });
  EXPECT_LE(losses, 8 * (minutes.count() + 1)) << ::testing::PrintToString(remarks);
  EXPECT_THAT(remarks, ::testing::Contains(HasSubstr("no more of this for a minute")));
}

// A wrong name would be tried for ever, and nobody would know.
TEST(LiveSourceLoss, IsNotMadeUpForBeforeTheFirstFrame) {
  const StopFlag stop;
  EXPECT_THAT(message_of(ErrorKind::kInput,
                         [&] {
                           open_live_source(
                               {.source = local("tcp", free_tcp_port()), .reconnect = true}, stop);
                         }),
              HasSubstr("Connection refused"));
}

TEST(LiveSourceLoss, IsToldInPlainWordsWhereNobodyAnswers) {
  const int port = free_udp_port();
  const StopFlag stop;
  EXPECT_EQ(message_of(ErrorKind::kInput,
                       [&] { open_live_source({.source = local("srt", port)}, stop); }),
            "cannot open " + local("srt", port) + ": no connection");
}

TEST(LiveSourceLoss, IsNoneWhereTheFirstSenderIsLate) {
  const int port = free_udp_port();
  const Sender sender(
      ffmpeg_command(camera_source() + live_h264() + "-f mpegts " + local("udp", port)), -1,
      /*late_seconds=*/12);
  const StopFlag stop;
  const auto source = open_live_source({.source = local("udp", port), .reconnect = true}, stop);
  EXPECT_EQ(frames_of(*source, 5).size(), 5);
}

}  // namespace
}  // namespace rollingdepth::live
