// Streams over loopback, with the ffmpeg program as receiver.
#include <gmock/gmock.h>

#include <fstream>

#include "error_matchers.hpp"
#include "loopback.hpp"
#include "target_run.hpp"
#include "temporary_folder.hpp"
#include "write/video_file.hpp"

namespace rollingdepth::live {
namespace {

using rollingdepth::testing::Client;
using rollingdepth::testing::comes_true;
using rollingdepth::testing::free_tcp_port;
using rollingdepth::testing::free_udp_port;
using rollingdepth::testing::largest_difference;
using rollingdepth::testing::message_of;
using rollingdepth::testing::Socket;
using rollingdepth::testing::TargetRun;
using rollingdepth::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A receiver that decodes what comes into a file.
class Receiver {
 public:
  /// @param options before the URL.
  explicit Receiver(const std::string& url, const std::string& options = "")
      : client_("ffmpeg -v error -y -fflags nobuffer -probesize 100000 -analyzeduration 500000 " +
                options + " -i " + url +
                " -fps_mode passthrough -sws_flags accurate_rnd+full_chroma_int -flush_packets 1"
                " -f rawvideo -pix_fmt rgb24 " +
                (folder_ / "a.rgb").string()) {}

  [[nodiscard]] std::int64_t pictures() const {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(folder_ / "a.rgb", missing);
    return missing ? 0 : static_cast<std::int64_t>(bytes) / kPictureBytes;
  }
  [[nodiscard]] at::Tensor picture(std::int64_t number) const {
    std::ifstream stream(folder_ / "a.rgb", std::ios::binary);
    at::Tensor pixels = at::zeros({54, 96, 3}, at::kByte);
    stream.seekg(number * kPictureBytes);
    stream.read(static_cast<char*>(pixels.mutable_data_ptr()), kPictureBytes);
    return pixels;
  }
  Client& client() { return client_; }

 private:
  static constexpr std::int64_t kPictureBytes = 54 * 96 * 3;
  TemporaryFolder folder_;
  Client client_;
};

// Whether what the receiver has is what was sent, from some picture on, each after the one before.
void expect_pictures_of(const Receiver& receiver, TargetRun& run) {
  std::int64_t before = -1;
  for (std::int64_t n = 0; n < std::min<std::int64_t>(receiver.pictures(), 10); ++n) {
    const at::Tensor picture = receiver.picture(n);
    const auto number =
        static_cast<std::int64_t>(picture.select(2, 2).to(at::kFloat).mean().round().item<float>());
    if (number + 100 < before) break;    // It begins anew after 200: the encoder needs a while.
    EXPECT_GE(number, before - 1) << n;  // Blue is exact to a level or two.
    EXPECT_LE(largest_difference(picture, run.pictures.view_of(number)), 40) << n;
    before = number;
  }
}

struct Protocol {
  const char* name;
  std::string target;    // PORT stands for a free port.
  std::string receiver;  // Its URL.
  std::string receiver_options;
  bool is_udp = false;
};

std::string at_port(std::string text, const std::string& port) {
  for (std::size_t at = 0; (at = text.find("PORT")) != std::string::npos;) {
    text.replace(at, 4, port);
  }
  return text;
}

const Protocol kSrtListener{"SrtListener", "srt://127.0.0.1:PORT?mode=listener",
                            "srt://127.0.0.1:PORT?latency=20000", "", true};
const Protocol kSrtCaller{"SrtCaller", "srt://127.0.0.1:PORT",
                          "srt://127.0.0.1:PORT?mode=listener&latency=20000", "", true};
const Protocol kTcpListener{"TcpListener", "tcp://127.0.0.1:PORT?listen=1", "tcp://127.0.0.1:PORT",
                            "-f mpegts"};
const Protocol kTcpCaller{"TcpCaller", "tcp://127.0.0.1:PORT", "tcp://127.0.0.1:PORT?listen=1",
                          "-f mpegts"};
const Protocol kUdp{"Udp", "udp://127.0.0.1:PORT", "udp://127.0.0.1:PORT?timeout=60000000",
                    "-f mpegts", true};
const Protocol kRtsp{"Rtsp", "rtsp://user:hidden@127.0.0.1:PORT/live/depth",
                     "rtsp://127.0.0.1:PORT/live/depth", "-rtsp_flags listen"};
const Protocol kRtmp{"Rtmp", "rtmp://127.0.0.1:PORT/live/hidden",
                     "rtmp://127.0.0.1:PORT/live/hidden", "-listen 1"};

const Protocol kRtmpListener{"RtmpListener", "rtmp://127.0.0.1:PORT/live/hidden?listen=1",
                             "rtmp://127.0.0.1:PORT/live/hidden", ""};

class LiveTargetStream : public ::testing::TestWithParam<Protocol> {
 protected:
  const std::string port_ = GetParam().is_udp ? free_udp_port() : free_tcp_port();
  const std::string target_ = at_port(GetParam().target, port_);

  [[nodiscard]] std::unique_ptr<Receiver> receiver() const {
    return std::make_unique<Receiver>(at_port(GetParam().receiver, port_),
                                      GetParam().receiver_options);
  }
};

// One comes late, is killed, and another one comes.
TEST_P(LiveTargetStream, ServesOneReceiverAfterTheOther) {
  TargetRun run(target_);
  EXPECT_TRUE(run->shows_view());
  run.put(5);
  for (int round = 1; round <= 2; ++round) {
    const auto here = receiver();
    EXPECT_TRUE(run.put_until([&] { return here->pictures() >= 10 || !here->client().running(); }));
    ASSERT_GE(here->pictures(), 10) << round;
    expect_pictures_of(*here, run);
    here->client().send(SIGKILL);
    here->client().wait();
    if (GetParam().name != std::string("Udp")) {
      EXPECT_TRUE(run.put_until([&] { return run.remarked("has gone") >= round; })) << round;
    }
  }
  run->finish();
  EXPECT_THAT(run.remarks(), Each(Not(HasSubstr("hidden"))));
  const TargetCounts counts = run->counts();
  EXPECT_EQ(counts.sent, run.sent().size());
  EXPECT_EQ(counts.waiting, 0);
}

TEST_P(LiveTargetStream, EndsWithoutAReceiver) {
  TargetRun run(target_);
  run.put(20);
  run->finish();
  const TargetCounts counts = run->counts();
  EXPECT_EQ(counts.sent + counts.dropped, 20);
  EXPECT_EQ(counts.sent, run.sent().size());
  if (GetParam().name != std::string("Udp")) {
    EXPECT_EQ(counts.sent, 0);
  }
}

TEST_P(LiveTargetStream, EndsWhereItIsAskedToStopOrLeftAlone) {
  TargetRun run(target_);
  run.put(3);
  run.stop.raise();
  run.put(3);
  run.drop_target();
}

INSTANTIATE_TEST_SUITE_P(, LiveTargetStream,
                         ::testing::Values(kSrtListener, kSrtCaller, kTcpListener, kTcpCaller, kUdp,
                                           kRtsp, kRtmp, kRtmpListener),
                         [](const auto& about) { return std::string(about.param.name); });

// What ffprobe says of the stream, so many words: of transport streams it says all twice.
std::vector<std::string> facts(const std::filesystem::path& file, const std::string& entries,
                               std::size_t words) {
  std::vector<std::string> said = rollingdepth::testing::probe(file, entries);
  said.resize(words);
  return said;
}

TEST(LiveTargetStreamCodec, IsH264WithAKeyFrameASecondAndNoReordering) {
  const TemporaryFolder folder;
  const std::string port = free_tcp_port();
  TargetRun run("tcp://127.0.0.1:" + port + "?listen=1");
  Client copy("ffmpeg -v error -f mpegts -i tcp://127.0.0.1:" + port +
              " -frames:v 60 -c copy -copyts " + (folder / "a.ts").string());
  EXPECT_TRUE(run.put_until([&] { return !copy.running(); }));
  EXPECT_EQ(copy.wait(), 0);
  const auto keys = rollingdepth::testing::probe(folder / "a.ts", "frame=key_frame");
  ASSERT_EQ(keys.size(), 60);
  // Pictures may be dropped on a busy machine: then a key frame comes after fewer of them.
  EXPECT_EQ(keys.front(), "1");
  EXPECT_GE(std::count(keys.begin(), keys.end(), "1"), 3);
  EXPECT_THAT(rollingdepth::testing::probe(folder / "a.ts", "frame=pict_type"), Each(Not("B")));
  EXPECT_THAT(facts(folder / "a.ts", "stream=codec_name,pix_fmt,color_range,color_space", 4),
              ElementsAre("h264", "yuv420p", "tv", "bt709"));
}

TEST(LiveTargetStreamCodec, IsH265ForTenBits) {
  const TemporaryFolder folder;
  const std::string port = free_udp_port();
  TargetRun run("srt://127.0.0.1:" + port + "?mode=listener", {.depth_bits = 10});
  Client copy("ffmpeg -v error -i srt://127.0.0.1:" + port +
              "?latency=20000 -frames:v 20 -c copy " + (folder / "a.ts").string());
  EXPECT_TRUE(run.put_until([&] { return !copy.running(); }));
  EXPECT_EQ(copy.wait(), 0);
  EXPECT_THAT(facts(folder / "a.ts", "stream=codec_name,pix_fmt", 2),
              ElementsAre("hevc", "yuv420p10le"));
}

// It takes the connection and never reads.
TEST(LiveTargetStalled, ReceiverIsGivenUpAndTheNextOneServed) {
  const std::string port = free_tcp_port();
  TargetRun run("tcp://127.0.0.1:" + port + "?listen=1", {}, {640, 360});
  Socket stalled(SOCK_STREAM);
  ASSERT_TRUE(comes_true([&] { return stalled.connect(std::stoi(port)); }));
  // Pictures that take many bytes.
  const at::Tensor noise = at::randint(0, 256, {360, 640, 3}, at::kByte);
  std::int64_t most_waiting = 0;
  EXPECT_TRUE(comes_true(
      [&] {
        const auto picture = std::make_shared<LivePicture>(*run.pictures.next());
        picture->view = noise.roll(picture->frame.number * 1000);
        run->put(picture);
        most_waiting = std::max(most_waiting, run->counts().waiting);
        return run.remarked("takes nothing any more; waiting for another") == 1;
      },
      std::chrono::milliseconds(10)));
  EXPECT_LE(most_waiting, 2);
  EXPECT_GT(run->counts().dropped, 0);
  Socket next(SOCK_STREAM);
  ASSERT_TRUE(comes_true([&] { return next.connect(std::stoi(port)); }));
  EXPECT_TRUE(run.put_until([&] { return run.remarked("a receiver came") == 2; }));
  EXPECT_TRUE(run.put_until([&] { return run->counts().waiting == 0; }));
  EXPECT_THAT(next.receive(), Not(IsEmpty()));
  run->finish();
}

TEST(LiveTargetStalled, ReceiverDoesNotKeepTheRunFromItsEnd) {
  const std::string port = free_tcp_port();
  TargetRun run("tcp://127.0.0.1:" + port + "?listen=1", {}, {640, 360});
  Socket stalled(SOCK_STREAM);
  ASSERT_TRUE(comes_true([&] { return stalled.connect(std::stoi(port)); }));
  const at::Tensor noise = at::randint(0, 256, {360, 640, 3}, at::kByte);
  // Until a picture waits behind one that cannot be sent.
  EXPECT_TRUE(comes_true(
      [&] {
        const auto picture = std::make_shared<LivePicture>(*run.pictures.next());
        picture->view = noise.roll(picture->frame.number * 1000);
        run->put(picture);
        return run->counts().dropped > 0;
      },
      std::chrono::milliseconds(50)));
  run.stop.raise();
  run->finish();
}

TEST(LiveTargetCaller, TriesAgainUntilItsReceiverIsThere) {
  const std::string port = free_tcp_port();
  TargetRun run("tcp://127.0.0.1:" + port);
  EXPECT_TRUE(run.put_until([&] { return run.remarked("no receiver (") == 1; }));
  EXPECT_THAT(run.remarks().front(), HasSubstr("Connection refused"));
  EXPECT_TRUE(run.put_until([&] { return run->counts().dropped > 0; }));
  EXPECT_EQ(run->counts().receivers, 0);
  const Receiver receiver("tcp://127.0.0.1:" + port + "?listen=1", "-f mpegts");
  EXPECT_TRUE(run.put_until([&] { return receiver.pictures() >= 3; }));
  EXPECT_EQ(run->counts().receivers, 1);
  run->finish();
  EXPECT_EQ(run.remarked("no receiver ("), 1);
}

TEST(LiveTargetListener, TellsThatItsPortIsBusy) {
  Socket tcp(SOCK_STREAM), udp(SOCK_DGRAM);
  const std::string tcp_port = std::to_string(tcp.bind());
  const std::string udp_port = std::to_string(udp.bind());
  tcp.listen();
  for (const std::string& target :
       {"tcp://127.0.0.1:" + tcp_port + "?listen=1",
        "rtmp://127.0.0.1:" + tcp_port + "/a/b?listen=1", "http://127.0.0.1:" + tcp_port + "/depth",
        "srt://127.0.0.1:" + udp_port + "?mode=listener",
        "srt://:" + udp_port + "?mode=listener"}) {
    EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { TargetRun run(target); }),
                AllOf(HasSubstr("cannot listen at"), HasSubstr("is busy")))
        << target;
  }
  EXPECT_THAT(message_of(ErrorKind::kOutput,
                         [&] { TargetRun run("udp://127.0.0.1:9?localport=" + udp_port); }),
              HasSubstr("Address already in use"));
}

TEST(LiveTargetListener, TellsThatItsAddressIsNotOfThisMachine) {
  for (const char* target :
       {"tcp://203.0.113.1:9000?listen=1", "srt://203.0.113.1:9000?mode=listener",
        "http://203.0.113.1:9000/depth"}) {
    EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { TargetRun run(target); }),
                HasSubstr("203.0.113.1 is no address of this machine"))
        << target;
  }
}

TEST(LiveTargetCaller, TellsThatItsHostIsNotKnown) {
  for (const char* scheme : {"tcp", "udp", "srt", "rtsp", "rtmp"}) {
    EXPECT_THAT(
        message_of(ErrorKind::kOutput,
                   [&] { TargetRun run(std::string(scheme) + "://no.host.invalid:9000/a/b"); }),
        HasSubstr("the host no.host.invalid is not known"))
        << scheme;
  }
}

}  // namespace
}  // namespace rollingdepth::live
