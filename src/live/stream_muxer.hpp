#pragma once

#include <memory>
#include <string>

#include "live/call_limit.hpp"
#include "live/target_address.hpp"
#include "media/libav.hpp"

namespace rollingdepth::live {

/// libav's name of what a stream of such a URL is packed in.
std::string stream_container(const std::string& scheme);

/// One connection to a receiver, and the container that is sent over it.
class StreamMuxer {
 public:
  /// Opens the connection, which waits for a receiver, and sends what comes first.
  /// @param address of kind kStream. @param encoder opened for stream_container().
  /// @param limit ends what waits; borrowed.
  /// @return null where that fails, then `code` says why.
  static std::unique_ptr<StreamMuxer> connect(const TargetAddress& address, int srt_latency_ms,
                                              const AVCodecContext& encoder, CallLimit& limit,
                                              int& code);
  /// Tells the receiver that it is over, in half a second at most.
  ~StreamMuxer();
  StreamMuxer(const StreamMuxer&) = delete;
  StreamMuxer& operator=(const StreamMuxer&) = delete;

  /// Sends a packet at once. @return libav's code, negative where the receiver has gone.
  int send(AVPacket& packet, AVRational time_base);

 private:
  explicit StreamMuxer(CallLimit& limit) : limit_(limit) {}
  int open(const TargetAddress& address, int srt_latency_ms, const AVCodecContext& encoder);
  int open_connection(const TargetAddress& address, int srt_latency_ms);

  CallLimit& limit_;
  AVFormatContext* muxer_ = nullptr;
  bool has_begun_ = false;  // Its header is sent.
};

}  // namespace rollingdepth::live
