#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "live/live_frame.hpp"
#include "live/stop_flag.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::live {

enum class View { kDepth, kSideBySide, kColor };

/// What all targets of a run show, and how.
struct TargetOptions {
  View view = View::kDepth;
  std::string colormap = "Spectral_r";  ///< Of painted depth; the run paints.
  /// 8, 10, 16; unset: video 8, y4m and raw 16. Video of 10 is H.265; 16 is for y4m and raw alone.
  std::optional<int> depth_bits = {};
  bool raw_output = false;            ///< `-` writes bare pixels, else y4m.
  std::string raw_pixel_format = {};  ///< Of those: gray, gray10le, gray16le, grayf32le, rgb24.
  int srt_latency_ms = 20;            ///< Unless the URL says.
};

/// What the pictures of a run are, known before the first one.
struct PictureShape {
  FrameSize depth;      ///< Of LivePicture::depth and shown.
  FrameSize view;       ///< Of LivePicture::view.
  Rational frame_rate;  ///< Of the source; pictures may be dropped.
  bool drops = false;   ///< LiveClip::drops.
};

/// What became of a target's pictures.
struct TargetCounts {
  std::string name;            ///< As in messages: without passwords.
  std::int64_t sent = 0;       ///< Pictures written or handed to at least one receiver.
  std::int64_t dropped = 0;    ///< That it had no time for, or that nobody took.
  std::int64_t waiting = 0;    ///< In its queue now.
  std::int64_t receivers = 0;  ///< Now; of a file or pipe 1.
};

/// Told by a target's thread of every picture that has left the process.
using PictureSent = std::function<void(const LivePicture& picture, Clock::time_point when)>;
/// Told what the user should know: "srt://:9000: a receiver came".
using TargetRemark = std::function<void(const std::string& remark)>;

/// Where pictures go. put() and finish() from one thread; counts() from any.
class LiveTarget {
 public:
  virtual ~LiveTarget() = default;
  /// Whether it needs LivePicture::view.
  [[nodiscard]] virtual bool shows_view() const = 0;
  /// Takes a picture and returns at once; a file, and a pipe unless the source drops, takes every
  /// picture and lets wait while it has too many.
  /// @throws Error(kOutput) where it has failed for good: a full disk, a reader of standard output
  ///         that has gone (ReaderGone).
  virtual void put(const SharedPicture& picture) = 0;
  /// Files are finished, connections closed; waits half a second at most for receivers. The reader
  /// of a pipe that takes every picture has as long as it likes, until the flag is raised: so this
  /// comes first where a source has ended by itself.
  /// @throws Error(kOutput).
  virtual void finish() = 0;
  [[nodiscard]] virtual TargetCounts counts() const = 0;
};

/// The reader of standard output has closed its end.
class ReaderGone : public Error {
 public:
  ReaderGone() : Error(ErrorKind::kOutput, "the reader of standard output has gone") {}
};

/// Opens what needs no receiver: checks names and options, binds ports, makes files. Receivers that
/// come later are served, those that go do not end the run. An older file is replaced by finish():
/// whether it may be is asked before.
/// @param target `-`; a file by its ending (.mp4 .mkv .mov .ts .y4m); srt://, udp://, tcp://,
///        rtsp://, rtmp://; http://HOST:PORT/PATH (MJPEG, many receivers); v4l2:/dev/videoN.
/// @param stop borrowed. @param sent, remark called by the target's thread.
/// @throws Error(kUsage) for a target that there is not, and for options that it does not take;
///         Error(kOutput) naming it: the port is busy, the file cannot be made, no such device;
///         Cancelled where the flag is raised while its host is looked up.
std::unique_ptr<LiveTarget> open_live_target(const std::string& target,
                                             const TargetOptions& options,
                                             const PictureShape& shape, const StopFlag& stop,
                                             PictureSent sent, TargetRemark remark);

/// Whether all targets could be opened, as far as can be told without opening anything: before the
/// networks are loaded. @throws Error(kUsage) as open_live_target().
void check_live_targets(const std::vector<std::string>& targets, const TargetOptions& options);

}  // namespace rollingdepth::live
