#include "live/source_kind.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "error_matchers.hpp"
#include "live/live_source.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::live {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

std::string refusal_of(const SourceOptions& options) {
  return message_of(ErrorKind::kUsage, [&] { options.validate(); });
}

TEST(LiveSourceKind, IsToldByTheNameAndByWhatIsThere) {
  const testing::TemporaryFolder folder;
  const std::string pipe = (folder / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(source_kind("-"), SourceKind::kPipe);
  EXPECT_EQ(source_kind(pipe), SourceKind::kPipe);
  EXPECT_EQ(source_kind("/dev/zero"), SourceKind::kPipe);
  EXPECT_EQ(source_kind("/dev/video0"), SourceKind::kCamera);
  EXPECT_EQ(source_kind("v4l2:/dev/v4l/by-id/usb"), SourceKind::kCamera);
  EXPECT_EQ(source_kind("/dev/videos"), SourceKind::kFile);
  EXPECT_EQ(source_kind("RTSP://camera/live"), SourceKind::kStream);
  EXPECT_EQ(source_kind("a:b.mp4"), SourceKind::kFile);
  EXPECT_THAT(message_of(ErrorKind::kUsage, [] { source_kind("gopher://x/y"); }),
              HasSubstr("no source begins with gopher://; those that do: rtsp://"));
}

TEST(LiveSourceKind, SaysNoPasswordInAName) {
  EXPECT_EQ(public_name("rtsp://user:pass@camera:554/live"), "rtsp://camera:554/live");
  EXPECT_EQ(public_name("rtsp://user:p@ss@camera/a@b"), "rtsp://camera/a@b");
  EXPECT_EQ(public_name("srt://host:9000?mode=caller&passphrase=secret"), "srt://host:9000");
  EXPECT_EQ(public_name("http://host?token=a@b/c"), "http://host");
  EXPECT_EQ(public_name("-"), "standard input");
  EXPECT_EQ(public_name("v4l2:/dev/video3"), "/dev/video3");
  EXPECT_EQ(public_name("clips/a@b.mp4"), "clips/a@b.mp4");
}

TEST(LiveSourceKind, FindsOptionsOfAUrl) {
  const std::string url = "srt://:9000?mode=listener&latency=20000&x";
  EXPECT_EQ(url_option(url, "mode"), "listener");
  EXPECT_EQ(url_option(url, "latency"), "20000");
  EXPECT_EQ(url_option(url, "x"), "");
  EXPECT_EQ(url_option(url, "late"), std::nullopt);
  EXPECT_EQ(url_option("srt://mode=a", "mode"), std::nullopt);
}

TEST(LiveSourceKind, KnowsWhatOthersSendTo) {
  EXPECT_TRUE(waits_for_sender("udp://:5000"));
  EXPECT_TRUE(waits_for_sender("srt://:9000?mode=listener"));
  EXPECT_TRUE(waits_for_sender("rtmp://0.0.0.0/live/key?listen"));
  EXPECT_FALSE(waits_for_sender("srt://host:9000"));
  EXPECT_FALSE(waits_for_sender("tcp://host:9000"));
}

TEST(LiveSourceOptions, TellsWhatGivesFramesAtItsOwnPace) {
  EXPECT_TRUE(SourceOptions{.source = "/dev/video0"}.is_live());
  EXPECT_TRUE(SourceOptions{.source = "http://host/stream"}.is_live());
  EXPECT_FALSE(SourceOptions{.source = "-"}.is_live());
  EXPECT_FALSE((SourceOptions{.source = "clip.mp4", .realtime = true}.is_live()));
}

TEST(LiveSourceOptions, RefuseWhatDoesNotGoWithTheSource) {
  EXPECT_EQ(refusal_of({.source = ""}), "no source is named");
  EXPECT_EQ(refusal_of({.source = "-", .loop = true}),
            "--loop is for files; standard input is a pipe");
  EXPECT_EQ(refusal_of({.source = "rtsp://a:b@cam/1", .loop = true}),
            "--loop is for files; rtsp://cam/1 is a stream");
  EXPECT_THAT(refusal_of({.source = "udp://:5000", .realtime = true}),
              HasSubstr("--realtime is for files and pipes; udp://:5000 is a stream"));
  EXPECT_EQ(refusal_of({.source = "clip.mp4", .reconnect = true}),
            "--reconnect is for streams and cameras; clip.mp4 is a file");
  EXPECT_THAT(refusal_of({.source = "v4l2:"}), HasSubstr("v4l2:/dev/video0"));
}

TEST(LiveSourceOptions, CheckRawPictures) {
  const auto with = [](RawInput raw, const std::string& source = "-") {
    return SourceOptions{.source = source, .raw = raw};
  };
  const RawInput good{.size = {.width_px = 64, .height_px = 48},
                      .frame_rate = {.num = 25, .den = 1},
                      .pixel_format = "rgb24"};
  EXPECT_NO_THROW(with(good).validate());
  EXPECT_EQ(refusal_of(with(good, "/dev/video0")),
            "--input-format rawvideo is for files and pipes; /dev/video0 is a camera");
  RawInput bad = good;
  bad.pixel_format = "rgb42";
  EXPECT_THAT(refusal_of(with(bad)), HasSubstr("'rgb42'"));
  bad.pixel_format = "vaapi";
  EXPECT_THAT(refusal_of(with(bad)), HasSubstr("'vaapi'"));
  bad = good;
  bad.size.width_px = 0;
  EXPECT_THAT(refusal_of(with(bad)), HasSubstr("0x48"));
  bad = good;
  bad.frame_rate = {.num = 0, .den = 1};
  EXPECT_THAT(refusal_of(with(bad)), HasSubstr("--input-rate"));
}

}  // namespace
}  // namespace rollingdepth::live
