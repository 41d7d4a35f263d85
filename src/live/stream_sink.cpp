#include "live/stream_sink.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "base/printable.hpp"
#include "live/call_limit.hpp"
#include "live/host_lookup.hpp"
#include "live/listening_port.hpp"
#include "live/stream_encoder.hpp"
#include "live/stream_muxer.hpp"

namespace rollingdepth::live {
namespace {

using namespace std::chrono_literals;

// A receiver that takes nothing for so long has gone, as far as anybody can tell.
constexpr auto kSendLimit = 3s;
// To be reached, and to greet each other.
constexpr auto kCallLimit = 10s;
constexpr auto kGreetingLimit = 60s;
constexpr Clock::duration kFirstPause = 500ms;
constexpr Clock::duration kLongestPause = 3s;

// libav's words, and plainer ones for what it cannot know.
std::string why(int code) {
  if (code == AVERROR_EXIT || code == AVERROR(ETIMEDOUT)) return "no answer in time";
  if (code == AVERROR(EIO) || code == AVERROR_UNKNOWN) return "no connection";
  return libav_error_text(code);
}

class StreamSink final : public PictureSink {
 public:
  StreamSink(TargetAddress address, int bits, int srt_latency_ms, const PictureShape& shape,
             const StopFlag& stop, std::shared_ptr<TargetLedger> ledger)
      : address_(std::move(address)),
        settings_(live_encoding(shape.view, bits, stream_container(address_.scheme))),
        srt_latency_ms_(srt_latency_ms),
        shape_(shape),
        ledger_(std::move(ledger)),
        limit_(stop) {
    // What can be told before a receiver is there.
    if (avio_find_protocol_name(address_.asked.c_str()) == nullptr && address_.scheme != "rtsp") {
      fail("the FFmpeg libraries do not know " + address_.scheme);
    }
    if (address_.listens) {
      bind_port(address_, address_.scheme == "srt" ? Transport::kUdp : Transport::kTcp);
    } else {
      require_known_host();
    }
    renew_encoder();
    // Nobody has to answer: what fails is no matter of receivers.
    if (!asks_receiver() && !connect()) fail(told_);
  }

  bool ready() override {
    while (!muxer_) {
      if (limit_.asked_to_stop()) return false;
      if (connect()) return true;
      limit_.pause(pause_);
      pause_ = std::min(2 * pause_, kLongestPause);
    }
    return true;
  }

  void write(const SharedPicture& picture) override {
    if (!muxer_) {  // Gone while the picture waited.
      ledger_->dropped();
      return;
    }
    limit_.begin(kSendLimit);
    const int code = encoder_->encode(*picture, [&](AVPacket& packet) {
      return muxer_->send(packet, encoder_->codec().time_base);
    });
    if (code >= 0) {
      ledger_->sent(*picture);
      return;
    }
    ledger_->dropped();
    lose_receiver(code);
  }

  void finish() override { muxer_.reset(); }

  void hurry() override { limit_.hurry(); }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kOutput, doing() + what);
  }
  [[nodiscard]] std::string doing() const { return "cannot send to " + address_.shown + ": "; }
  // Datagrams go out whether somebody takes them or not.
  [[nodiscard]] bool asks_receiver() const { return address_.scheme != "udp"; }

  // @return getaddrinfo()'s code; nothing where the answer takes too long.
  [[nodiscard]] std::optional<int> look_up_receiver() const {
    if (address_.listens) return 0;
    return look_up(address_.host, [this] { return limit_.over(); });
  }

  void require_known_host() {
    limit_.begin_wait(kCallLimit);
    const std::optional<int> code = look_up_receiver();
    if (code == 0) return;
    const std::string host = printable(address_.host);
    if (code) fail("the host " + host + " is not known (" + gai_strerror(*code) + ")");
    if (limit_.asked_to_stop()) throw Cancelled();
    fail("nobody answers who is asked for the address of " + host);
  }

  void renew_encoder() {
    if (encoder_ && encoder_->is_fresh()) return;
    encoder_.emplace(settings_, shape_.view, shape_.frame_rate, doing());
  }

  bool connect() {
    renew_encoder();
    limit_.begin_wait(connect_limit());
    int code = AVERROR_EXIT;
    if (look_up_receiver()) {
      muxer_ = StreamMuxer::connect(address_, srt_latency_ms_, encoder_->codec(), limit_, code);
    }
    if (!muxer_) {
      tell_failure(code);
      return false;
    }
    connected_ = Clock::now();
    told_.clear();
    ledger_->receiver_came(asks_receiver() ? "a receiver came" : "");
    return true;
  }

  // Who has come to an rtmp port and does not say what he wants keeps it from others.
  [[nodiscard]] std::optional<Clock::duration> connect_limit() const {
    if (address_.listens && address_.scheme == "rtmp") return kGreetingLimit;
    return address_.listens ? std::nullopt : std::optional<Clock::duration>(kCallLimit);
  }

  void lose_receiver(int code) {
    muxer_.reset();
    if (limit_.asked_to_stop()) {
      ledger_->receiver_gone("");
      return;
    }
    const std::string what = !asks_receiver()       ? "cannot be sent to (" + why(code) + ")"
                             : code == AVERROR_EXIT ? "its receiver takes nothing any more"
                                                    : "its receiver has gone";
    ledger_->receiver_gone(what + (address_.listens ? "; waiting for another" : "; trying again"));
    if (address_.listens) return;
    // One that comes only to go again is not called as fast as can be.
    const bool has_stayed = Clock::now() - connected_ > kLongestPause;
    pause_ = has_stayed ? kFirstPause : std::min(2 * pause_, kLongestPause);
    limit_.pause(pause_);
  }

  void tell_failure(int code) {
    const bool has_waited = address_.listens && code == AVERROR_EXIT;
    if (has_waited) pause_ = kFirstPause;
    if (has_waited || limit_.asked_to_stop() || told_ == why(code)) return;
    told_ = why(code);
    ledger_->remark(address_.listens ? "cannot listen (" + told_ + "); trying again"
                                     : "no receiver (" + told_ + "); trying again");
  }

  const TargetAddress address_;
  const EncoderSettings settings_;
  const int srt_latency_ms_;
  const PictureShape shape_;
  const std::shared_ptr<TargetLedger> ledger_;
  CallLimit limit_;
  std::optional<StreamEncoder> encoder_;
  std::unique_ptr<StreamMuxer> muxer_;
  Clock::time_point connected_;
  Clock::duration pause_ = kFirstPause;
  std::string told_;  // Why there is no receiver, since the last one.
};

}  // namespace

std::unique_ptr<PictureSink> make_stream_sink(const TargetAddress& address, int bits,
                                              int srt_latency_ms, const PictureShape& shape,
                                              const StopFlag& stop,
                                              std::shared_ptr<TargetLedger> ledger) {
  return std::make_unique<StreamSink>(address, bits, srt_latency_ms, shape, stop,
                                      std::move(ledger));
}

}  // namespace rollingdepth::live
