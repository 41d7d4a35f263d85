#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "live/live_frame.hpp"
#include "live/stop_flag.hpp"

namespace rollingdepth::live {

/// Raw pictures without a header, as `ffmpeg -f rawvideo` writes them.
struct RawInput {
  FrameSize size;
  Rational frame_rate;
  std::string pixel_format;  ///< libav's name: "rgb24".
};

/// Where frames come from, and how.
struct SourceOptions {
  /// A file, `-` for standard input, `/dev/videoN` or `v4l2:/dev/videoN`, or a URL of libav:
  /// rtsp, srt, udp, tcp, rtp, rtmp, http, https. With `?listen` at its end, tcp, rtsp and rtmp
  /// wait for a sender instead of calling a server.
  std::string source;
  bool realtime = false;             ///< Files and pipes: frames come at the clip's own pace.
  bool loop = false;                 ///< Files: from the start again, for ever.
  bool reconnect = false;            ///< Streams and cameras: opened again after a loss.
  std::optional<RawInput> raw = {};  ///< Of standard input or a file; unset: the content tells.
  std::int64_t max_pixels = kDefaultMaxPixels;
  int threads = 0;  ///< Of the decoder; 0: as many as there are processors.

  /// Whether it is a stream or camera, which gives frames at its own pace.
  [[nodiscard]] bool is_live() const;
  /// Throws Error(kUsage) for options that do not go with the source, naming both.
  void validate() const;
};

/// Frames as they come. One thread reads; take_remarks() from any.
class LiveSource {
 public:
  virtual ~LiveSource() = default;
  [[nodiscard]] virtual const LiveClip& info() const = 0;
  /// Waits for the next frame. @return nothing after the last one, or once the flag is raised.
  /// @throws Error(kInput) where it is lost and is not to be opened again.
  virtual std::optional<LiveFrame> next() = 0;
  /// What happened since the last time that the user should know: "rtsp://...: lost (timed out);
  /// opening it again", "damaged packets", "frames change from 640x360 to 320x180; scaled".
  virtual std::vector<std::string> take_remarks() = 0;
};

/// Opens it and waits for its first frame, decoded with as little delay as its codec allows. Pipes
/// are waited for as long as somebody may write; so are those who send to this machine, with
/// `reconnect`. A file of a web server is a stream that is paced by its own times.
/// @param stop borrowed: every wait ends soon after it is raised.
/// @throws Error(kInput) naming the source: unreachable, refused, no video, no picture within ten
///         seconds; Error(kUsage) from validate(); Cancelled where the flag is raised.
std::unique_ptr<LiveSource> open_live_source(const SourceOptions& options, const StopFlag& stop);

}  // namespace rollingdepth::live
