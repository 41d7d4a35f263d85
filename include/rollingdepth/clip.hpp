#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollingdepth {

/// A fraction that stays exact: frame rates (30000/1001) and time bases (1/90000).
struct Rational {
  std::int64_t num = 0;
  std::int64_t den = 1;
  [[nodiscard]] double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  [[nodiscard]] bool positive() const { return num > 0 && den > 0; }
  friend bool operator==(const Rational&, const Rational&) = default;
};

/// Pixels that a picture may claim to have before memory is taken for it, see `--max-pixels`.
inline constexpr std::int64_t kDefaultMaxPixels = std::int64_t{16384} * 16384;

/// The most frames of a clip that can be asked for, and the largest spacing: three times as much,
/// in bytes of any picture, is within 64 bits.
inline constexpr std::int64_t kMaxFrames = 1'000'000'000;

/// What is known of a clip once it is open.
struct ClipInfo {
  std::string name;                             ///< File name for messages, e.g. "city.mp4".
  std::int64_t width_px = 0;                    ///< As shown: after rotation and pixel aspect.
  std::int64_t height_px = 0;                   ///< As shown.
  Rational frame_rate;                          ///< Frames per second (average where it varies).
  Rational time_base;                           ///< Seconds per tick of Frame::pts.
  std::optional<std::int64_t> frames_estimate;  ///< From the container; may be wrong or absent.
  /// Of a sequence of numbered pictures: each one's number as it stands in its name, such as 0007.
  std::vector<std::string> frame_numbers{};
  /// Whether times vary, as far as is known before frames are read; all times decide, see
  /// frame_times().
  bool variable_frame_rate = false;
  bool frames_exact = false;    ///< frames_estimate is a count, unless frames are damaged.
  bool clock_may_jump = false;  ///< Of the kind that does: MPEG transport, program streams.
  bool deinterlaced = false;    ///< Pictures marked as interlaced come deinterlaced.
  std::vector<Rational> other_rates =
      {};  ///< Constant rates that it may have in place of frame_rate.
};

/// One picture of a clip.
struct Frame {
  at::Tensor rgb;  ///< [3, H, W] uint8 on CPU, contiguous, RGB, full range.
  /// Presentation time in ticks of ClipInfo::time_base as the file has it, right or wrong; unset
  /// where it has none. What is to be shown when is the business of frame_times().
  std::optional<std::int64_t> pts;
};

/// A clip that is read front to back, one frame at a time; some can begin in the middle. Not
/// thread-safe.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  [[nodiscard]] virtual const ClipInfo& info() const = 0;
  /// The next frame in presentation order, or nothing after the last. Every frame has the size of
  /// info(): pictures of another size in mid-stream are scaled to it.
  /// @throws Error(kInput) when the file cannot be read any further.
  virtual std::optional<Frame> next() = 0;
  /// Makes next() give the frame of that time, and then those after it, all as they are where the
  /// clip is read from its start.
  /// REQUIRES: frames before that one have smaller times, frames after it larger ones, all frames
  /// one.
  /// @return false, and nothing has changed, where that is not certain or would take longer than to
  ///         read and drop the frames between. A file may still give other times than it does from
  ///         its start: who knows them compares them, and can rewind().
  /// @throws Error(kInput) when the file cannot be opened once more.
  virtual bool seek(std::int64_t /*pts*/) { return false; }
  /// Makes next() give the first frame again, and forgets warnings().
  /// @return false, and nothing has changed, where that cannot be. What can seek() can rewind().
  virtual bool rewind() { return false; }
  /// Looks at the frames [first, first + count) before any is read, as far as that is cheap.
  /// @param count 0: all that follow.
  /// @return      what is to be told before hours of work, one line each: gaps, what is left out.
  /// @throws Error(kInput) naming a picture that cannot be used.
  [[nodiscard]] virtual std::vector<std::string> survey(std::int64_t /*first*/,
                                                        std::int64_t /*count*/) const {
    return {};
  }
  /// Remarks gathered so far (damaged packets skipped, HDR transfer, size changes), one line each.
  [[nodiscard]] virtual std::vector<std::string> warnings() const { return {}; }
};

/// What the numbers of a depth map are.
enum class DepthValues {
  kAffineInverse,    ///< Inverse depth up to scale and shift, -1 to 1: larger is nearer.
  kRelativeInverse,  ///< The same, from 0 on, as the method gives it.
  kMetres,           ///< Distance along the optical axis: larger is farther.
};
/// "affine-invariant inverse depth, -1 to 1", "relative inverse depth", "metres".
std::string to_string(DepthValues values);

/// How the clock of a file runs beside that of what is written, which begins at 0. Times in
/// microseconds.
struct ClipClock {
  /// From `begin_us` on, up to the next piece, what is written at t is of the time
  /// t - begin_us + input_us of the file.
  struct Piece {
    std::int64_t begin_us = 0;
    std::int64_t input_us = 0;
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  /// One, where the file's clock does not jump; none, where it tells no times. The first begins
  /// at 0.
  std::vector<Piece> pieces = {};
  std::int64_t length_us = 0;  ///< Where the last frame ends.
};

/// What a DepthSink learns before the first frame.
struct DepthClipInfo {
  std::int64_t frames = 0;
  std::int64_t height_px = 0;  ///< Of the depth maps handed to the sink.
  std::int64_t width_px = 0;
  /// Smallest and largest value over the whole clip; bounds of them for a sink that needs no range.
  float min = 0;
  float max = 0;
  Rational frame_rate;  ///< Average where the rate varies.
  Rational time_base;   ///< One frame where it is constant.
  /// One for each frame, all different, names what pictures of it are called; empty: counted from
  /// 0. See ClipInfo::frame_numbers.
  std::vector<std::string> frame_numbers{};
  DepthValues values = DepthValues::kAffineInverse;
  ClipClock clock{};
  /// First frames of the shots after the first: depth of each shot has a scale of its own.
  std::vector<std::int64_t> shots = {};
};

/// Receives the finished depth of a clip, front to back. Files appear under their name in finish();
/// the destructor removes what is unfinished, quietly.
class DepthSink {
 public:
  virtual ~DepthSink() = default;
  /// What it writes, in a trace: the name of its file.
  [[nodiscard]] virtual std::string name() const { return "output"; }
  /// Whether what it writes depends on DepthClipInfo::min and max: they may cost a pass over the
  /// clip.
  [[nodiscard]] virtual bool needs_range() const { return true; }
  virtual void begin(const DepthClipInfo& info) = 0;
  /// @param depth [H, W] float32 on CPU, contiguous, as DepthClipInfo::values says.
  /// @param pts   Presentation time in ticks of DepthClipInfo::time_base, from 0 on, each later
  /// than
  ///              the one before.
  /// @throws Error(kOutput) when writing fails.
  virtual void write(const at::Tensor& depth, std::int64_t pts) = 0;
  virtual void finish() = 0;
  /// What was lost in what was written, one line each; after finish().
  [[nodiscard]] virtual std::vector<std::string> remarks() const { return {}; }
};

}  // namespace rollingdepth
