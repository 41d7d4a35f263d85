#include <gtest/gtest.h>

#include <cstdlib>

#include "decode/clip_maker.hpp"
#include "error_matchers.hpp"
#include "live/live_source.hpp"
#include "media/libav.hpp"
#include "sender.hpp"
#include "source_frames.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::live {
namespace {

using testing::camera_source;
using testing::ffmpeg_command;
using testing::frames_of;
using testing::free_tcp_port;
using testing::free_udp_port;
using ::testing::HasSubstr;
using testing::live_h264;
using testing::open_when_there;
using testing::Sender;

std::string local(const std::string& scheme, int port, const std::string& rest = "") {
  return scheme + "://127.0.0.1:" + std::to_string(port) + rest;
}

std::string stream_to(const std::string& format_and_url) {
  return ffmpeg_command(camera_source() + live_h264() + "-f " + format_and_url);
}

/// Reads a second of camera_source(). @param whole whether every picture must come.
void expect_camera(LiveSource& source, bool whole) {
  EXPECT_EQ(source.info().size, (FrameSize{.width_px = 64, .height_px = 48}));
  EXPECT_TRUE(source.info().drops);
  const std::vector<LiveFrame> frames = frames_of(source, 25);
  ASSERT_EQ(frames.size(), 25);
  EXPECT_EQ(frames[0].time_us, 0);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].number, static_cast<std::int64_t>(i));
    EXPECT_GT(frames[i].time_us, frames[i - 1].time_us);
    EXPECT_GE(frames[i].captured, frames[i - 1].captured);
    EXPECT_LE(frames[i].captured, Clock::now());
    if (whole) {
      EXPECT_EQ(testing::number_of(frames[i]), (testing::number_of(frames[i - 1]) + 1) % 40);
    }
  }
}

void expect_camera_at(const std::string& url, bool whole = true) {
  const StopFlag stop;
  const auto source = open_when_there({.source = url}, stop);
  expect_camera(*source, whole);
}

TEST(LiveSourceStream, ReceivesUdp) {
  const int port = free_udp_port();
  const Sender sender(stream_to("mpegts '" + local("udp", port, "?pkt_size=1316") + "'"));
  expect_camera_at(local("udp", port), /*whole=*/false);
}

TEST(LiveSourceStream, ReceivesMpeg2AndH265) {
  for (const std::string codec :
       {"mpeg2video", "libx265 -tune zerolatency -x265-params log-level=0"}) {
    const int port = free_tcp_port();
    const Sender sender(ffmpeg_command(camera_source() + "-pix_fmt yuv420p -qmax 4 -c:v " + codec +
                                       " -g 3 -f mpegts " + local("tcp", port, "?listen")));
    expect_camera_at(local("tcp", port));
  }
}

TEST(LiveSourceStream, ListensForSrt) {
  const int port = free_udp_port();
  const Sender sender(stream_to("mpegts '" + local("srt", port) + "'"), -1, /*late_seconds=*/1);
  expect_camera_at(local("srt", port, "?mode=listener"));
}

TEST(LiveSourceStream, CallsSrt) {
  const int port = free_udp_port();
  const Sender sender(stream_to("mpegts '" + local("srt", port, "?mode=listener") + "'"));
  expect_camera_at(local("srt", port));
}

TEST(LiveSourceStream, CallsTcp) {
  const int port = free_tcp_port();
  const Sender sender(stream_to("mpegts '" + local("tcp", port, "?listen") + "'"));
  expect_camera_at(local("tcp", port));
}

TEST(LiveSourceStream, ReadsFromHttpServers) {
  const int port = free_tcp_port();
  const Sender sender(stream_to("mpegts -listen 1 '" + local("http", port, "/video") + "'"));
  expect_camera_at(local("http", port, "/video"));
}

TEST(LiveSourceStream, ReadsMjpeg) {
  const int port = free_tcp_port();
  const Sender sender(
      ffmpeg_command(camera_source() +
                     "-pix_fmt yuvj420p -c:v mjpeg -q:v 2 -f mpjpeg -listen 1 "
                     "-content_type 'multipart/x-mixed-replace; boundary=ffmpeg' '" +
                     local("http", port, "/video") + "'"));
  const StopFlag stop;
  const auto source = open_when_there({.source = local("http", port, "/video")}, stop);
  EXPECT_EQ(source->info().size, (FrameSize{.width_px = 64, .height_px = 48}));
  EXPECT_EQ(frames_of(*source, 10).size(), 10);
}

TEST(LiveSourceStream, ListensForRtsp) {
  const int port = free_tcp_port();
  const Sender sender(stream_to("rtsp -rtsp_transport tcp '" + local("rtsp", port, "/live") + "'"),
                      -1,
                      /*late_seconds=*/1);
  expect_camera_at(local("rtsp", port, "/live?listen"));
}

TEST(LiveSourceStream, ListensForRtmp) {
  const int port = free_tcp_port();
  const Sender sender(stream_to("flv '" + local("rtmp", port, "/live/key") + "'"), -1,
                      /*late_seconds=*/1);
  expect_camera_at(local("rtmp", port, "/live/key?listen"));
}

TEST(LiveSourceStream, CallsRtsp) {
  const std::string python = "/usr/bin/python3";
  const std::string script = std::string(ROLLINGDEPTH_TEST_CHECKOUT) + "/tests/live/rtsp_server.py";
  if (std::system((python + " '" + script + "' --check >/dev/null 2>&1").c_str()) != 0) {
    GTEST_SKIP() << "needs gir1.2-gst-rtsp-server-1.0, python3-gi, gstreamer1.0-plugins-good";
  }
  const int port = free_tcp_port();
  const Sender sender(python + " '" + script + "' " + std::to_string(port));
  const StopFlag stop;
  const auto source = open_when_there({.source = local("rtsp", port, "/live")}, stop);
  EXPECT_EQ(source->info().size, (FrameSize{.width_px = 320, .height_px = 240}));
  EXPECT_EQ(frames_of(*source, 10).size(), 10);
}

// A server's file comes as fast as the network can, a playlist's in pieces, and both are shown at
// their own pace.
TEST(LiveSourceStream, PacesFilesOfAServer) {
  const testing::TemporaryFolder folder;
  const std::string clip = testing::counting_source(5) + " -pix_fmt yuv420p -c:v libx264 -crf 5";
  testing::run_ffmpeg(clip, folder / "clip.mp4");
  testing::run_ffmpeg(clip + " -f hls", folder / "list.m3u8");
  const int port = free_tcp_port();
  const Sender server("python3 " ROLLINGDEPTH_TEST_CHECKOUT "/tests/live/file_server.py " +
                      std::to_string(port) + " '" + folder.path().string() + "'");
  for (const std::string name : {"/clip.mp4", "/list.m3u8"}) {
    const StopFlag stop;
    const auto source = open_when_there({.source = local("http", port, name)}, stop);
    const std::vector<LiveFrame> frames = frames_of(*source);
    ASSERT_EQ(frames.size(), 5) << name;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      EXPECT_EQ(testing::number_of(frames[i]), static_cast<int>(i));
      EXPECT_EQ(frames[i].time_us, static_cast<std::int64_t>(i) * 40'000);
    }
    EXPECT_GE(frames[4].captured - frames[0].captured, std::chrono::milliseconds(160));
  }
}

// Writes every packet of a video as two. Not for H.264: libav would put a delimiter before both.
void halve_packets(const std::string& from, const std::string& to) {
  AVFormatContext* opened = nullptr;
  ASSERT_EQ(avformat_open_input(&opened, from.c_str(), nullptr, nullptr), 0);
  const InputFormatPtr input(opened);
  ASSERT_GE(avformat_find_stream_info(opened, nullptr), 0);
  AVFormatContext* output = nullptr;
  ASSERT_GE(avformat_alloc_output_context2(&output, nullptr, "mpegts", to.c_str()), 0);
  AVStream* stream = avformat_new_stream(output, nullptr);
  avcodec_parameters_copy(stream->codecpar, opened->streams[0]->codecpar);
  ASSERT_GE(avio_open(&output->pb, to.c_str(), AVIO_FLAG_WRITE), 0);
  ASSERT_GE(avformat_write_header(output, nullptr), 0);
  const PacketPtr packet(av_packet_alloc());
  while (av_read_frame(opened, packet.get()) >= 0) {
    const int size = packet->size;
    packet->size = size / 2;
    av_write_frame(output, packet.get());
    packet->size = size - size / 2;
    packet->data += size / 2;
    packet->pts = ++packet->dts;
    av_write_frame(output, packet.get());
    av_packet_unref(packet.get());
  }
  av_write_trailer(output);
  avio_closep(&output->pb);
  avformat_free_context(output);
}

TEST(LiveSourceStream, PutsPicturesTogetherThatComeInParts) {
  const testing::TemporaryFolder folder;
  testing::run_ffmpeg(
      testing::counting_source(30) + " -pix_fmt yuv420p -c:v mpeg2video -qmax 4 -g 6",
      folder / "whole.ts");
  halve_packets((folder / "whole.ts").string(), (folder / "halves.ts").string());
  const int port = free_tcp_port();
  const Sender server("python3 " ROLLINGDEPTH_TEST_CHECKOUT "/tests/live/file_server.py " +
                      std::to_string(port) + " '" + folder.path().string() + "'");
  const StopFlag stop;
  const auto source = open_when_there({.source = local("http", port, "/live/halves.ts")}, stop);
  const std::vector<LiveFrame> frames = frames_of(*source);
  // One may be lost where the reader learns of it.
  ASSERT_GE(frames.size(), 29);
  for (std::size_t i = 1; i <= 28; ++i) {
    EXPECT_EQ(testing::number_of(frames[frames.size() - i]), 30 - static_cast<int>(i));
  }
}

// Their headers do not tell that pictures come in another order than they are shown in.
TEST(LiveSourceStream, SortsThePicturesOfMpeg2) {
  const testing::TemporaryFolder folder;
  testing::run_ffmpeg(
      testing::counting_source(40) + " -pix_fmt yuv420p -c:v mpeg2video -qmax 4 -bf 2 -g 6",
      folder / "clip.ts");
  const int port = free_tcp_port();
  const Sender server("python3 " ROLLINGDEPTH_TEST_CHECKOUT "/tests/live/file_server.py " +
                      std::to_string(port) + " '" + folder.path().string() + "'");
  const StopFlag stop;
  const auto source = open_when_there({.source = local("http", port, "/live/clip.ts")}, stop);
  const std::vector<LiveFrame> frames = frames_of(*source);
  ASSERT_GE(frames.size(), 38);
  for (std::size_t i = 12; i < frames.size(); ++i) {
    EXPECT_EQ(testing::number_of(frames[i]), testing::number_of(frames[i - 1]) + 1) << i;
  }
}

TEST(LiveSourceStream, SaysWhyItCannotBeOpened) {
  const StopFlag stop;
  const auto message = [&](const std::string& url) {
    return testing::message_of(ErrorKind::kInput, [&] { open_live_source({.source = url}, stop); });
  };
  const int port = free_tcp_port();
  EXPECT_EQ(message("rtsp://user:pass@127.0.0.1:" + std::to_string(port) + "/live"),
            "cannot open " + local("rtsp", port, "/live") + ": Connection refused");
  EXPECT_THAT(message("tcp://no.such.host.invalid:5000"),
              HasSubstr("the address of no.such.host.invalid cannot be looked up"));
}

}  // namespace
}  // namespace rollingdepth::live
