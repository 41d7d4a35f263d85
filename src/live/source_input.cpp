#include "live/source_input.hpp"

#include <string>
#include <utility>

#include "decode/container.hpp"
#include "decode/pixel_limit.hpp"
#include "live/cameras.hpp"
#include "live/host_lookup.hpp"
#include "live/source_kind.hpp"
#include "live/source_lost.hpp"

namespace rollingdepth::live {
namespace {

// Of a stream's own time: its writer may be a camera.
constexpr const char* kPipeAnalysisUs = "1000000";
// libsrt's own default is six times as long; the larger one of both sides counts.
constexpr const char* kSrtLatencyUs = "20000";

ContainerOpening opening_of(const SourceOptions& options, Patience& patience) {
  ContainerOpening opening;
  opening.interrupt = patience.interrupt();
  if (!options.raw) return opening;
  const FrameSize size = options.raw->size;
  with_context(ErrorKind::kInput, "cannot read " + public_name(options.source), [&] {
    require_pixels_for_libav(size.width_px, size.height_px, options.max_pixels);
  });
  const Rational rate = options.raw->frame_rate;
  opening.format = av_find_input_format("rawvideo");
  opening.options = {
      {"video_size", std::to_string(size.width_px) + "x" + std::to_string(size.height_px)},
      {"pixel_format", options.raw->pixel_format},
      {"framerate", std::to_string(rate.num) + "/" + std::to_string(rate.den)}};
  return opening;
}

[[noreturn]] void fail(int code, const Patience& patience) {
  require_patience(patience);
  if (code == AVERROR_INVALIDDATA) throw SourceLost("what it gives is not a video");
  if (code == AVERROR_PROTOCOL_NOT_FOUND) {
    throw SourceLost("this FFmpeg was built without that protocol");
  }
  throw SourceLost(code == AVERROR_EOF ? "it ended before its first picture"
                                       : libav_error_text(code));
}

SourceInput open_file(const SourceOptions& options, Patience& patience) try {
  return {
      .bytes = nullptr,
      .format = open_container(options.source, options.max_pixels, opening_of(options, patience))};
} catch (const Error&) {
  if (patience.stopped()) throw Cancelled();
  throw;
}

SourceInput open_pipe(const SourceOptions& options, Patience& patience) {
  SourceInput input;
  input.bytes = std::make_unique<PipeBytes>(options.source, patience);
  ContainerOpening opening = opening_of(options, patience);
  // A playlist in it must reach nothing else.
  opening.options.emplace("protocol_whitelist", "data");
  opening.options.emplace("analyzeduration", kPipeAnalysisUs);
  int code = 0;
  input.format = open_url("", input.bytes->context(), opening, code);
  if (code < 0 && !input.bytes->any() && !patience.over()) {
    throw SourceLost(kNothingWritten);
  }
  if (code >= 0) code = find_streams(*input.format, options.max_pixels);
  if (code < 0) fail(code, patience);
  return input;
}

SourceInput open_camera(const SourceOptions& options, Patience& patience) {
  const std::string device = camera_device(options.source);
  require_camera(device);
  ContainerOpening opening;
  opening.interrupt = patience.interrupt();
  opening.format = camera_format();
  opening.flags = AVFMT_FLAG_NONBLOCK;  // libav would wait for a picture for ever.
  int code = 0;
  SourceInput input{.bytes = nullptr, .format = open_url(device, nullptr, opening, code)};
  if (code == AVERROR(EBUSY)) throw SourceLost("another program uses it");
  if (code < 0) fail(code, patience);
  return input;
}

/// A URL as libav takes it, and what goes with it.
struct StreamAddress {
  std::string url;
  std::map<std::string, std::string> options;
};

// libav's readers of RTSP and RTMP can wait for a sender, but not be told so by a URL.
void take_listen_option(const std::string& scheme, StreamAddress& stream) {
  if (!url_option(stream.url, "listen")) return;
  stream.url.resize(stream.url.find('?'));
  if (scheme == "rtsp") {
    stream.options.emplace("rtsp_flags", "listen");
  } else {
    stream.options.emplace("listen", "1");
  }
}

StreamAddress stream_address(const std::string& source) {
  const std::string scheme = url_scheme(source);
  StreamAddress stream{.url = scheme + source.substr(scheme.size()), .options = {}};
  if (scheme == "rtsp" || scheme == "rtmp") take_listen_option(scheme, stream);
  if (scheme.starts_with("rtsp") && !url_option(source, "udp") &&
      !url_option(source, "multicast") && !url_option(source, "http")) {
    stream.options.emplace("rtsp_transport",
                           "tcp");  // Over UDP, cameras' large key frames get lost.
  }
  if (scheme == "srt" && !url_option(source, "latency") && !url_option(source, "rcvlatency")) {
    stream.options.emplace("latency", kSrtLatencyUs);
  }
  // Nobody reads while networks are loaded: what does not fit is lost, not the stream.
  if (scheme == "udp" || scheme == "rtp") stream.options.emplace("overrun_nonfatal", "1");
  return stream;
}

SourceInput open_stream(const SourceOptions& options, Patience& patience) {
  StreamAddress stream = stream_address(options.source);
  look_up_host(stream.url, patience);
  ContainerOpening opening;
  opening.interrupt = patience.interrupt();
  opening.options = std::move(stream.options);
  int code = 0;
  SourceInput input{.bytes = nullptr, .format = open_url(stream.url, nullptr, opening, code)};
  // All that is said of SRT where nobody answers.
  if (code == AVERROR(EIO) && !patience.over()) throw SourceLost("no connection");
  if (code < 0) fail(code, patience);
  return input;
}

}  // namespace

void require_patience(const Patience& patience) {
  if (patience.stopped()) throw Cancelled();
  if (patience.over()) throw SourceLost("no picture came for 10 seconds", /*silence=*/true);
}

SourceInput open_source_input(const SourceOptions& options, Patience& patience) {
  switch (source_kind(options.source)) {
    case SourceKind::kFile:
      return open_file(options, patience);
    case SourceKind::kPipe:
      return open_pipe(options, patience);
    case SourceKind::kCamera:
      return open_camera(options, patience);
    case SourceKind::kStream:
      break;
  }
  return open_stream(options, patience);
}

}  // namespace rollingdepth::live
