#include "live/live_target.hpp"

#include <unistd.h>

#include <set>
#include <utility>

#include "live/camera_sink.hpp"
#include "live/mjpeg_server.hpp"
#include "live/pixel_sink.hpp"
#include "live/stream_sink.hpp"
#include "live/target_address.hpp"
#include "live/target_thread.hpp"
#include "live/video_file_sink.hpp"

namespace rollingdepth::live {
namespace {

bool writes_pixels(const TargetAddress& address) {
  return address.kind == TargetKind::kPipe || address.kind == TargetKind::kPixelFile;
}

PixelLayout layout_of(const TargetAddress& address, const TargetOptions& options) {
  return pixel_layout(options, address.kind == TargetKind::kPipe);
}

// The bits of a video's samples. @throws Error(kUsage) for those that it has not.
int video_bits(const TargetAddress& address, const TargetOptions& options) {
  constexpr int kUsual = 8;
  const int bits = options.depth_bits.value_or(kUsual);
  if (bits == kUsual) return bits;
  const bool takes_h265 = address.kind == TargetKind::kVideoFile ||
                          (address.kind == TargetKind::kStream && address.scheme != "rtmp");
  if (bits == 10 && takes_h265) return bits;
  throw Error(ErrorKind::kUsage,
              address.shown + " cannot show depth of " + std::to_string(bits) + " bits: " +
                  (takes_h265 ? "video has 8 or 10; 16 are for y4m and raw pictures"
                              : "it has 8; 10 are for files and for streams of H.265 (srt, udp, "
                                "tcp, rtsp), 16 for y4m and raw pictures"));
}

void check_options(const TargetAddress& address, const TargetOptions& options) {
  const int bits = options.depth_bits.value_or(8);
  if (bits != 8 && bits != 10 && bits != 16) {
    throw Error(ErrorKind::kUsage, "depth has 8, 10 or 16 bits, not " + std::to_string(bits));
  }
  if (options.srt_latency_ms < 0) {
    throw Error(ErrorKind::kUsage,
                "an SRT latency is 0 ms or more, not " + std::to_string(options.srt_latency_ms));
  }
  if (writes_pixels(address)) {
    layout_of(address, options);
  } else {
    video_bits(address, options);
  }
}

std::unique_ptr<PictureSink> make_sink(const TargetAddress& address, const TargetOptions& options,
                                       const PictureShape& shape, const StopFlag& stop,
                                       std::shared_ptr<TargetLedger> ledger) {
  switch (address.kind) {
    case TargetKind::kPipe:
      return make_pipe_sink(STDOUT_FILENO, layout_of(address, options), shape, stop,
                            std::move(ledger));
    case TargetKind::kPixelFile:
      return make_pixel_file_sink(address.path, layout_of(address, options), shape,
                                  std::move(ledger));
    case TargetKind::kVideoFile:
      return make_video_file_sink(address.path, video_bits(address, options), shape,
                                  std::move(ledger));
    case TargetKind::kStream:
      return make_stream_sink(address, video_bits(address, options), options.srt_latency_ms, shape,
                              stop, std::move(ledger));
    case TargetKind::kMjpeg:
      return make_mjpeg_server(address, shape.view, std::move(ledger));
    case TargetKind::kCamera:
      return make_camera_sink(address.path, shape.view, std::move(ledger));
  }
  throw Error(ErrorKind::kFailed, "there is no such target");
}

TargetThread::Facts facts_of(const TargetAddress& address, const TargetOptions& options,
                             const PictureShape& shape) {
  TargetThread::Facts facts;
  facts.shows_view = !writes_pixels(address) || layout_of(address, options).shows_view();
  const bool is_file =
      address.kind == TargetKind::kPixelFile || address.kind == TargetKind::kVideoFile;
  if (is_file || (address.kind == TargetKind::kPipe && !shape.drops)) {
    facts.overflow = Overflow::kWait;
    facts.capacity = 4;
  } else if (address.kind != TargetKind::kStream) {
    facts.capacity = 1;  // No picture needs the one before.
  }
  return facts;
}

}  // namespace

std::unique_ptr<LiveTarget> open_live_target(const std::string& target,
                                             const TargetOptions& options,
                                             const PictureShape& shape, const StopFlag& stop,
                                             PictureSent sent, TargetRemark remark) {
  const TargetAddress address = parse_target(target);
  check_options(address, options);
  auto ledger = std::make_shared<TargetLedger>(address.shown, std::move(sent), std::move(remark));
  std::unique_ptr<PictureSink> sink = make_sink(address, options, shape, stop, ledger);
  return std::make_unique<TargetThread>(facts_of(address, options, shape), std::move(ledger),
                                        std::move(sink), stop);
}

namespace {

// What no second target can have: "" where there is nothing. UDP and TCP have ports of their own.
std::string listening_place(const TargetAddress& address) {
  if (!address.listens) return "";
  return std::string(address.scheme == "srt" ? "UDP" : "TCP") + " port " +
         std::to_string(address.port) + (address.host.empty() ? "" : " of " + address.host);
}

}  // namespace

void check_live_targets(const std::vector<std::string>& targets, const TargetOptions& options) {
  std::set<std::string> seen;
  for (const std::string& target : targets) {
    const TargetAddress address = parse_target(target);
    check_options(address, options);
    if (!seen.insert(target).second) {
      throw Error(ErrorKind::kUsage, address.shown + " is given twice");
    }
    const std::string place = listening_place(address);
    if (!place.empty() && !seen.insert(place).second) {
      throw Error(ErrorKind::kUsage, "two targets listen at " + place);
    }
  }
}

}  // namespace rollingdepth::live
