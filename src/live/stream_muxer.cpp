#include "live/stream_muxer.hpp"

#include <utility>

extern "C" {
#include <libavutil/dict.h>
}

namespace rollingdepth::live {
namespace {

using namespace std::chrono_literals;

class Options {
 public:
  Options() = default;
  ~Options() { av_dict_free(&options_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  void set(const char* name, const std::string& value) {
    av_dict_set(&options_, name, value.c_str(), 0);
  }
  AVDictionary** get() { return &options_; }

 private:
  AVDictionary* options_ = nullptr;
};

// What the URL says itself comes after these, and wins.
void set_connection_options(const TargetAddress& address, int srt_latency_ms, Options& options) {
  // A whole number of transport packets that fits into a datagram of an ordinary network.
  if (address.scheme == "srt" || address.scheme == "udp") options.set("pkt_size", "1316");
  if (address.scheme == "srt") {
    constexpr int kMicroseconds = 1000;  // In a millisecond: libav's unit of it.
    const bool says = address.query.contains("rcvlatency") || address.query.contains("peerlatency");
    if (!says) options.set("latency", std::to_string(srt_latency_ms * kMicroseconds));
  }
  if (address.scheme == "tcp" || address.scheme == "rtmp") options.set("tcp_nodelay", "1");
  // What the system keeps for a slow receiver is old by the time that it gets it.
  if (address.scheme == "tcp") options.set("send_buffer_size", "262144");
  if (address.scheme == "rtmp" && address.listens) options.set("listen", "1");
}

void set_container_options(const TargetAddress& address, Options& options) {
  if (address.scheme == "rtsp") {
    options.set("rtsp_transport", "tcp");
  } else if (address.scheme == "rtmp") {
    options.set("flvflags", "no_duration_filesize");  // Nobody can go back to write them.
  } else {
    // A receiver that joins finds out soon what it gets, and has a picture once it is whole, not
    // once the next one begins.
    options.set("pat_period", "0.1");
    options.set("omit_video_pes_length", "0");
  }
}

// "listen" is no part of an rtmp address.
std::string libav_url(const TargetAddress& address) {
  if (address.scheme != "rtmp" || !address.listens) return address.asked;
  return address.asked.substr(0, address.asked.find('?'));
}

}  // namespace

std::string stream_container(const std::string& scheme) {
  if (scheme == "rtsp") return "rtsp";
  return scheme == "rtmp" ? "flv" : "mpegts";
}

std::unique_ptr<StreamMuxer> StreamMuxer::connect(const TargetAddress& address, int srt_latency_ms,
                                                  const AVCodecContext& encoder, CallLimit& limit,
                                                  int& code) {
  std::unique_ptr<StreamMuxer> muxer(new StreamMuxer(limit));
  code = muxer->open(address, srt_latency_ms, encoder);
  return code < 0 ? nullptr : std::move(muxer);
}

int StreamMuxer::open(const TargetAddress& address, int srt_latency_ms,
                      const AVCodecContext& encoder) {
  const std::string container = stream_container(address.scheme);
  int code = avformat_alloc_output_context2(&muxer_, nullptr, container.c_str(),
                                            libav_url(address).c_str());
  if (code < 0) return code;
  muxer_->interrupt_callback = limit_.callback();
  muxer_->flush_packets = 1;
  muxer_->max_delay = 0;
  muxer_->flags |= AVFMT_FLAG_BITEXACT;
  AVStream* const stream = avformat_new_stream(muxer_, nullptr);
  if (stream == nullptr) return AVERROR(ENOMEM);
  code = avcodec_parameters_from_context(stream->codecpar, &encoder);
  if (code < 0) return code;
  stream->time_base = encoder.time_base;
  stream->avg_frame_rate = encoder.framerate;
  if ((muxer_->oformat->flags & AVFMT_NOFILE) == 0) {
    code = open_connection(address, srt_latency_ms);
    if (code < 0) return code;
  }
  Options options;
  set_container_options(address, options);
  code = avformat_write_header(muxer_, options.get());
  has_begun_ = code >= 0;
  return code;
}

int StreamMuxer::open_connection(const TargetAddress& address, int srt_latency_ms) {
  Options options;
  set_connection_options(address, srt_latency_ms, options);
  return avio_open2(&muxer_->pb, libav_url(address).c_str(), AVIO_FLAG_WRITE,
                    &muxer_->interrupt_callback, options.get());
}

StreamMuxer::~StreamMuxer() {
  if (muxer_ == nullptr) return;
  limit_.begin(500ms);
  if (has_begun_) av_write_trailer(muxer_);
  avio_closep(&muxer_->pb);
  avformat_free_context(muxer_);
}

int StreamMuxer::send(AVPacket& packet, AVRational time_base) {
  packet.stream_index = 0;
  av_packet_rescale_ts(&packet, time_base, muxer_->streams[0]->time_base);
  return av_write_frame(muxer_, &packet);
}

}  // namespace rollingdepth::live
