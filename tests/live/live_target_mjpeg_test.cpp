// The MJPEG server, with curl, ffmpeg and bare sockets as receivers.
#include <gmock/gmock.h>

#include <fstream>
#include <regex>

#include "error_matchers.hpp"
#include "live/mjpeg_server.hpp"
#include "loopback.hpp"
#include "target_run.hpp"
#include "temporary_folder.hpp"
#include "write/video_file.hpp"

namespace rollingdepth::live {
namespace {

using rollingdepth::testing::Client;
using rollingdepth::testing::comes_true;
using rollingdepth::testing::decoded;
using rollingdepth::testing::free_tcp_port;
using rollingdepth::testing::largest_difference;
using rollingdepth::testing::output_of;
using rollingdepth::testing::Pictures;
using rollingdepth::testing::Socket;
using rollingdepth::testing::TargetRun;
using rollingdepth::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class LiveTargetMjpeg : public ::testing::Test {
 protected:
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + port_ + path;
  }
  // Status, header and body.
  [[nodiscard]] std::string get(const std::string& path, const std::string& options = "") const {
    return output_of("curl -s -i --max-time 60 " + options + " " + url(path));
  }
  // A stream into a file of the folder.
  [[nodiscard]] std::unique_ptr<Client> stream(const std::string& name) const {
    return std::make_unique<Client>("curl -s -N -o " + (folder_ / name).string() + " " +
                                    url("/depth"));
  }
  // Where the whole JPEG files of a stream so far begin and end.
  [[nodiscard]] std::vector<std::string> jpegs(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::string> found;
    std::smatch match;
    static const std::regex kHead("Content-Length: ([0-9]+)\\r\\n\\r\\n");
    for (std::size_t at = 0; (at = text.find("Content-Length: ", at)) != std::string::npos;) {
      const std::string head = text.substr(at, 40);
      if (!std::regex_search(head, match, kHead)) break;
      const std::size_t begin = at + static_cast<std::size_t>(match.length(0));
      const std::size_t size = std::stoul(match[1]);
      if (text.size() < begin + size) break;
      found.push_back(text.substr(begin, size));
      at = begin + size;
    }
    return found;
  }
  [[nodiscard]] at::Tensor picture_of(const std::string& jpeg) const {
    std::ofstream(folder_ / "one.jpg", std::ios::binary) << jpeg;
    return decoded(folder_ / "one.jpg", 54, 96)[0];
  }

  TemporaryFolder folder_;
  const std::string port_ = free_tcp_port();
  TargetRun run_{url("/depth")};
};

TEST_F(LiveTargetMjpeg, ServesSeveralReceiversAtOnceAndOneThatComesLate) {
  EXPECT_TRUE(run_->shows_view());
  const auto first = stream("1"), second = stream("2");
  EXPECT_TRUE(run_.put_until([&] { return jpegs("1").size() >= 5 && jpegs("2").size() >= 5; }));
  const auto late = stream("3");
  EXPECT_TRUE(run_.put_until([&] { return jpegs("3").size() >= 5; }));
  EXPECT_EQ(run_->counts().receivers, 3);
  EXPECT_EQ(run_.remarked("a receiver came (3 now)"), 1);
  for (const char* name : {"1", "2", "3"}) {
    const at::Tensor picture = picture_of(jpegs(name)[4]);
    const auto number =
        static_cast<std::int64_t>(picture.select(2, 2).to(at::kFloat).mean().round().item<float>());
    EXPECT_LE(largest_difference(picture, run_.pictures.view_of(number)), 30) << name;
  }
  run_->finish();
  // The connections were closed in order.
  EXPECT_EQ(first->wait(), 0);
  EXPECT_EQ(second->wait(), 0);
  const TargetCounts counts = run_->counts();
  EXPECT_EQ(counts.sent, run_.sent().size());
  EXPECT_GE(counts.sent,
            9);  // Five, and five for the late one, of which the first may be the same.
}

TEST_F(LiveTargetMjpeg, GivesEachReceiverTheLastPictureToo) {
  const auto client = stream("1");
  EXPECT_TRUE(run_.put_until([&] { return jpegs("1").size() >= 2; }));
  run_.put(1);
  EXPECT_TRUE(comes_true([&] { return run_->counts().waiting == 0; }));
  run_->finish();
  EXPECT_EQ(client->wait(), 0);
  const std::vector<std::int64_t> sent = run_.sent();
  EXPECT_EQ(sent.back(), run_.pictures.next()->frame.number - 1);
}

// Larger than what the server copies at a time, and than what a socket takes.
TEST(LiveTargetMjpegSize, MayBeLarge) {
  const TemporaryFolder folder;
  const std::string port = free_tcp_port();
  constexpr FrameSize kLarge{1280, 720};
  TargetRun run("http://127.0.0.1:" + port + "/depth", {}, kLarge);
  Client client("ffmpeg -v error -i http://127.0.0.1:" + port +
                "/depth -frames:v 4 -f rawvideo -pix_fmt rgb24 " + (folder / "a.rgb").string());
  const at::Tensor noise =
      at::randint(0, 256, {90, 160, 3}, at::kByte).repeat_interleave(8, 0).repeat_interleave(8, 1);
  EXPECT_TRUE(comes_true(
      [&] {
        const auto picture = std::make_shared<LivePicture>();
        picture->view = noise;
        run->put(picture);
        return !client.running();
      },
      std::chrono::milliseconds{20}));
  EXPECT_EQ(client.wait(), 0);
  std::ifstream file(folder / "a.rgb", std::ios::binary);
  at::Tensor read = at::zeros({4, 720, 1280, 3}, at::kByte);
  file.read(static_cast<char*>(read.mutable_data_ptr()),
            static_cast<std::streamsize>(read.nbytes()));
  EXPECT_EQ(file.gcount(), read.nbytes());
  // Away from the edges of the blocks, where half of the colour comes from the next one.
  const at::Tensor inner = read.slice(1, 4, 720, 8).slice(2, 4, 1280, 8);
  const at::Tensor expected =
      noise.slice(0, 4, 720, 8).slice(1, 4, 1280, 8).expand({4, -1, -1, -1});
  EXPECT_LE((inner.to(at::kFloat) - expected.to(at::kFloat)).abs().mean().item<float>(), 6);
}

TEST_F(LiveTargetMjpeg, IsReadByFfmpeg) {
  Client client("ffmpeg -v error -i " + url("/depth") + " -frames:v 5 -f rawvideo -pix_fmt rgb24 " +
                (folder_ / "a.rgb").string());
  EXPECT_TRUE(run_.put_until([&] { return !client.running(); }));
  EXPECT_EQ(client.wait(), 0);
  EXPECT_EQ(std::filesystem::file_size(folder_ / "a.rgb"), 5 * 54 * 96 * 3);
  // It goes unasked.
  EXPECT_TRUE(run_.put_until([&] { return run_.remarked("a receiver has gone (0 now)") == 1; }));
}

TEST_F(LiveTargetMjpeg, ServesOnePictureAndAPage) {
  EXPECT_THAT(get("/depth.jpg"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("no picture yet")));
  run_.put(1);
  EXPECT_TRUE(comes_true([&] { return run_->counts().waiting == 0; }));
  EXPECT_TRUE(comes_true([&] { return get("/depth.jpg").starts_with("HTTP/1.1 200"); }));
  const std::string answer = get("/depth.jpg");
  EXPECT_THAT(answer, HasSubstr("Content-Type: image/jpeg"));
  const at::Tensor picture = picture_of(answer.substr(answer.find("\r\n\r\n") + 4));
  EXPECT_LE(largest_difference(picture, run_.pictures.view_of(0)), 30);
  EXPECT_THAT(get("/"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/html"),
                              HasSubstr("src=\"/depth\""), HasSubstr("address + \".jpg?\"")));
  EXPECT_THAT(get("/depth?1234", "-I"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("multipart")));
  EXPECT_THAT(run_.sent(), ::testing::ElementsAre(0));
}

TEST_F(LiveTargetMjpeg, RefusesWhatItDoesNotServe) {
  run_.put(1);
  for (const char* path : {"/x", "/depth/", "/favicon.ico", "/depth.jpeg", "//", "/..%2fdepth"}) {
    EXPECT_THAT(get(path), StartsWith("HTTP/1.1 404")) << path;
  }
  EXPECT_THAT(get("/depth", "-d a=b"), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(get("/", "-X DELETE"), StartsWith("HTTP/1.1 405"));
}

TEST_F(LiveTargetMjpeg, OutlivesGarbage) {
  for (const std::string& text : {std::string("\0\1\2\r\n\r\n", 7), std::string("GET"),
                                  std::string(200'000, 'x'), std::string("\r\n\r\n\r\n")}) {
    const Socket client(SOCK_STREAM);
    ASSERT_TRUE(client.connect(std::stoi(port_)));
    client.send(text);
  }
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 200"));
}

TEST_F(LiveTargetMjpeg, KeepsFastReceiversFromWaitingForOneThatStalls) {
  const Socket stalled(SOCK_STREAM);
  ASSERT_TRUE(stalled.connect(std::stoi(port_)));
  stalled.send("GET /depth HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto fast = stream("1");
  EXPECT_TRUE(run_.put_until([&] { return run_->counts().receivers == 2; }));
  const std::size_t before = jpegs("1").size();
  EXPECT_TRUE(run_.put_until([&] { return jpegs("1").size() >= before + 20; }));
  run_->finish();  // Nor does it keep the end waiting.
  EXPECT_EQ(fast->wait(), 0);
}

// A server whose limit is short, and a receiver of its own.
class LiveTargetMjpegStall : public ::testing::Test {
 protected:
  LiveTargetMjpegStall() {
    EXPECT_TRUE(receiver_.connect(std::stoi(port_)));
    receiver_.send("GET /depth HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  // Serves pictures until there are so many receivers. @return whether it came to that.
  bool write_until_receivers_are(std::int64_t count) {
    return comes_true(
        [&] {
          server_->write(pictures_.next());
          return ledger_->counts().receivers == count;
        },
        std::chrono::milliseconds{20});
  }

  static constexpr std::chrono::seconds kLimit{1};
  static constexpr FrameSize kSize{640, 360};
  const std::string port_ = free_tcp_port();
  Pictures pictures_{kSize};
  std::shared_ptr<TargetLedger> ledger_ =
      std::make_shared<TargetLedger>("http", PictureSent{}, TargetRemark{});
  std::unique_ptr<PictureSink> server_ =
      make_mjpeg_server(parse_target("http://127.0.0.1:" + port_), kSize, ledger_, kLimit);
  const Socket receiver_{SOCK_STREAM};
};

TEST_F(LiveTargetMjpegStall, EndsAReceiverThatTakesNothingForTooLong) {
  EXPECT_TRUE(write_until_receivers_are(1));
  EXPECT_TRUE(write_until_receivers_are(0));
  std::size_t taken = 0;  // What was on its way; then the connection is closed.
  for (std::string part = receiver_.receive(); !part.empty(); part = receiver_.receive()) {
    taken += part.size();
  }
  EXPECT_GT(taken, 0U);
  server_->finish();
}

TEST_F(LiveTargetMjpegStall, IsNotThatOfOneWhoWaitsForASlowSource) {
  EXPECT_TRUE(write_until_receivers_are(1));
  const auto receive_until = [&](const std::string& words) {
    std::string text;
    while (text.find(words) == std::string::npos) {
      const std::string part = receiver_.receive();
      if (part.empty()) return false;
      text += part;
    }
    return true;
  };
  for (int n = 0; n < 2; ++n) {
    EXPECT_TRUE(receive_until("Content-Length"));
    std::this_thread::sleep_for(3 * kLimit);
    EXPECT_EQ(ledger_->counts().receivers, 1);
    server_->write(pictures_.next());
  }
  EXPECT_TRUE(receive_until("Content-Length"));
  EXPECT_EQ(ledger_->counts().receivers, 1);
  server_->finish();
}

TEST_F(LiveTargetMjpeg, NoticesThatAReceiverWasKilled) {
  const auto killed = stream("1"), other = stream("2");
  EXPECT_TRUE(run_.put_until([&] { return jpegs("1").size() >= 2 && jpegs("2").size() >= 2; }));
  killed->send(SIGKILL);
  killed->wait();
  EXPECT_TRUE(run_.put_until([&] { return run_->counts().receivers == 1; }));
  const std::size_t before = jpegs("2").size();
  EXPECT_TRUE(run_.put_until([&] { return jpegs("2").size() >= before + 5; }));
  run_->finish();
}

TEST_F(LiveTargetMjpeg, HasRoomForSoManyReceivers) {
  std::vector<std::unique_ptr<Socket>> receivers;
  for (int n = 0; n < 32; ++n) {
    receivers.push_back(std::make_unique<Socket>(SOCK_STREAM));
    ASSERT_TRUE(receivers.back()->connect(std::stoi(port_)));
    receivers.back()->send("GET /depth HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  EXPECT_TRUE(run_.put_until([&] { return run_->counts().receivers == 32; }));
  EXPECT_THAT(get("/depth"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("too many")));
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 200"));
  receivers.pop_back();
  EXPECT_TRUE(run_.put_until([&] { return run_->counts().receivers < 32; }));
  const auto late = stream("1");
  EXPECT_TRUE(run_.put_until([&] { return jpegs("1").size() >= 2; }));
  run_->finish();
}

TEST_F(LiveTargetMjpeg, CountsWhatNobodyTookAsDropped) {
  run_.put(10);
  run_->finish();
  EXPECT_EQ(run_->counts().dropped, 10);
  EXPECT_EQ(run_->counts().sent, 0);
}

// Every address of the network 127 is this machine's.
TEST(LiveTargetMjpegHost, IsTheOnlyOneThatIsServed) {
  const std::string port = free_tcp_port();
  TargetRun run("http://127.0.0.2:" + port + "/a/b");
  EXPECT_TRUE(Socket(SOCK_STREAM).connect(std::stoi(port), "127.0.0.2"));
  EXPECT_FALSE(Socket(SOCK_STREAM).connect(std::stoi(port), "127.0.0.1"));
  EXPECT_THAT(output_of("curl -s http://127.0.0.2:" + port + "/"), HasSubstr("src=\"/a/b\""));
}

TEST(LiveTargetMjpegPath, MayHoldCharactersThatUrlsEscape) {
  const std::string port = free_tcp_port();
  TargetRun run("http://127.0.0.1:" + port + "/my%20depth");
  const std::string server = "curl -s -i http://127.0.0.1:" + port;
  EXPECT_THAT(output_of(server + "/my%20depth.jpg"), HasSubstr("no picture yet"));
  EXPECT_THAT(output_of(server + "/"), HasSubstr("src=\"/my%20depth\""));
}

TEST(LiveTargetMjpegHost, MayBeLeftOutAsThePathMay) {
  const std::string port = free_tcp_port();
  TargetRun run("http://:" + port);
  EXPECT_THAT(output_of("curl -s http://127.0.0.3:" + port + "/"), HasSubstr("src=\"/depth\""));
}

}  // namespace
}  // namespace rollingdepth::live
