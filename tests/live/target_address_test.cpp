#include "live/target_address.hpp"

#include <gmock/gmock.h>

#include "error_matchers.hpp"
#include "live/live_target.hpp"

namespace rollingdepth::live {
namespace {

using rollingdepth::testing::message_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal(const std::string& target) {
  return message_of(ErrorKind::kUsage, [&] { parse_target(target); });
}

std::string refusal(const std::vector<std::string>& targets, const TargetOptions& options) {
  return message_of(ErrorKind::kUsage, [&] { check_live_targets(targets, options); });
}

TEST(LiveTargetAddress, TellsKindsByWhatTheNameBeginsOrEndsWith) {
  EXPECT_EQ(parse_target("-").kind, TargetKind::kPipe);
  EXPECT_EQ(parse_target("a/b.y4m").kind, TargetKind::kPixelFile);
  for (const char* file : {"a.mp4", "a.MKV", "./b:c.mov", "srt/a.ts"}) {
    EXPECT_EQ(parse_target(file).kind, TargetKind::kVideoFile) << file;
  }
  for (const char* url : {"srt://h:1", "udp://h:1", "TCP://h:1", "rtsp://h/x", "rtmp://h/a/k"}) {
    EXPECT_EQ(parse_target(url).kind, TargetKind::kStream) << url;
  }
  EXPECT_EQ(parse_target("http://127.0.0.1:80/depth").kind, TargetKind::kMjpeg);
  EXPECT_EQ(parse_target("v4l2:/dev/video9").path, "/dev/video9");
}

TEST(LiveTargetAddress, TakesUrlsApart) {
  const TargetAddress address = parse_target("srt://[::1]:9000/x?mode=listener&latency=5000&a");
  EXPECT_EQ(address.host, "::1");
  EXPECT_EQ(address.port, 9000);
  EXPECT_TRUE(address.listens);
  EXPECT_EQ(address.query.at("latency"), "5000");
  EXPECT_EQ(address.query.at("a"), "");
  EXPECT_EQ(address.shown, "srt://[::1]:9000/x");
  EXPECT_FALSE(parse_target("srt://h:9000?mode=caller").listens);
  EXPECT_TRUE(parse_target("tcp://:9000?listen=1").listens);
  EXPECT_TRUE(parse_target("tcp://:9000?listen").listens);
  EXPECT_FALSE(parse_target("tcp://h:9000?listen=0").listens);
}

TEST(LiveTargetAddress, ShowsNothingSecret) {
  for (const char* url : {"rtsp://user:hidden@h:8554/x", "srt://h:9000?passphrase=hiddenhidden",
                          "rtmp://h/live/hidden?key=hidden", "tcp://hidden@h:9000"}) {
    EXPECT_THAT(parse_target(url).shown, Not(HasSubstr("hidden"))) << url;
    EXPECT_THAT(parse_target(url).asked, HasSubstr("hidden")) << url;
  }
  EXPECT_THAT(refusal("ftp://user:hidden@h/x"), Not(HasSubstr("hidden")));
  EXPECT_THAT(refusal("tcp://user:hidden@h/x"), Not(HasSubstr("hidden")));
}

TEST(LiveTargetAddress, RefusesWhatThereIsNot) {
  EXPECT_THAT(refusal("a.avi"), AllOf(HasSubstr("a.avi"), HasSubstr(".mp4")));
  EXPECT_THAT(refusal("depth"), HasSubstr(".mp4"));
  EXPECT_THAT(refusal(""), HasSubstr("no name"));
  EXPECT_THAT(refusal("/dev/video3"), HasSubstr("v4l2:/dev/video3"));
  EXPECT_THAT(refusal("v4l2:"), HasSubstr("no device"));
  EXPECT_THAT(refusal("https://h:443/x"), HasSubstr("srt, udp, tcp, rtsp, rtmp or http"));
  EXPECT_THAT(refusal("srt://h"), HasSubstr("port"));
  EXPECT_THAT(refusal("udp://h:70000"), HasSubstr("65535"));
  EXPECT_THAT(refusal("http://127.0.0.1/depth"), HasSubstr("port"));
  EXPECT_THAT(refusal("srt://:9000"), HasSubstr("mode=listener"));
  EXPECT_THAT(refusal("tcp://:9000"), HasSubstr("listen=1"));
  EXPECT_THAT(refusal("udp://h:9000?listen=1"), HasSubstr("cannot listen"));
  EXPECT_THAT(refusal("srt://h:9000?mode=talker"), HasSubstr("caller or listener"));
  EXPECT_THAT(refusal("srt://h:9000?passphrase=short"), HasSubstr("10 to 64"));
  EXPECT_THAT(refusal("srt://" + std::string(5000, 'h') + ":1"), HasSubstr("4096"));
}

TEST(LiveTargetOptions, RefusesBitsThatATargetHasNot) {
  TargetOptions options;
  options.depth_bits = 16;
  for (const char* video : {"a.mp4", "srt://h:1", "http://h:1/x", "v4l2:/dev/video9"}) {
    EXPECT_THAT(refusal({video}, options), HasSubstr("16 bits")) << video;
  }
  EXPECT_NO_THROW(check_live_targets({"-", "a.y4m"}, options));
  options.depth_bits = 10;
  EXPECT_NO_THROW(check_live_targets({"-", "a.y4m", "a.mp4", "srt://h:1", "rtsp://h/x"}, options));
  for (const char* eight : {"rtmp://h/a/k", "http://h:1/x", "v4l2:/dev/video9"}) {
    EXPECT_THAT(refusal({eight}, options), HasSubstr("10 bits")) << eight;
  }
  options.depth_bits = 12;
  EXPECT_THAT(refusal({"-"}, options), HasSubstr("8, 10 or 16"));
}

TEST(LiveTargetOptions, RefusesRawPicturesThatThereAreNot) {
  TargetOptions options;
  options.raw_output = true;
  options.raw_pixel_format = "yuv420p";
  EXPECT_THAT(refusal({"-"}, options), AllOf(HasSubstr("grayf32le"), HasSubstr("yuv420p")));
  options.raw_pixel_format = "gray16le";
  EXPECT_NO_THROW(check_live_targets({"-"}, options));
  options.view = View::kSideBySide;
  EXPECT_THAT(refusal({"-"}, options), HasSubstr("rgb24"));
  options.raw_pixel_format = "rgb24";
  EXPECT_NO_THROW(check_live_targets({"-"}, options));
  options.raw_output = false;
  options.depth_bits = 16;
  EXPECT_THAT(refusal({"a.y4m"}, options), HasSubstr("8 bits"));
}

TEST(LiveTargetOptions, RefusesATargetThatIsGivenTwice) {
  EXPECT_THAT(refusal({"-", "a.mp4", "-"}, {}), HasSubstr("standard output is given twice"));
  EXPECT_THAT(refusal({"tcp://:9000?listen=1", "http://:9000/depth"}, {}),
              HasSubstr("two targets listen at TCP port 9000"));
  EXPECT_NO_THROW(check_live_targets(
      {"srt://:9000?mode=listener", "http://:9000/depth", "tcp://h:9000", "tcp://i:9000"}, {}));
}

}  // namespace
}  // namespace rollingdepth::live
