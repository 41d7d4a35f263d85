#pragma once

#include <cstdint>
#include <vector>

namespace rollingdepth {

/// The first outputs of a window that show frames again which the window before has shown last:
/// those that follow, as many as WindowShape::blended(), are blended with them.
inline constexpr std::int64_t kFirstShared = 2;

/// How a clip is cut into windows, which the frames of each tell: 32, 22 from one to the next, as
/// published for Video-Depth-Anything; 16, 10 apart, and 8, 4 apart, as GemDepth adds.
class WindowShape {
 public:
  /// @param frames of a window: 32, 16 or 8.
  explicit constexpr WindowShape(std::int64_t frames) : frames_(frames) {}

  [[nodiscard]] constexpr std::int64_t frames() const { return frames_; }
  /// Outputs that are blended with those of the window before: 8, 4 or 2.
  [[nodiscard]] constexpr std::int64_t blended() const { return frames_ / 4; }
  /// Frames from one window to the next.
  [[nodiscard]] constexpr std::int64_t step() const { return frames_ - kFirstShared - blended(); }
  /// Output of the window before, beside its output 0, whose frame every window sees again: 12, 6
  /// or 3.
  [[nodiscard]] constexpr std::int64_t anchor() const { return frames_ * 3 / 8; }

 private:
  std::int64_t frames_;
};

/// Windows that show a frame of a clip: those that would bring copies of its last frame only are
/// none. @param frames >= 1.
std::int64_t window_count(WindowShape shape, std::int64_t frames);

/// The frames that a window sees, in order, of a clip of so many; beyond its end the last frame.
/// Source: Chen et al. 2025, section 3.3, key-frame referencing: the first frame, and the one in
/// the middle of what the window before has seen newly, anchor the scale.
std::vector<std::int64_t> window_frames(WindowShape shape, std::int64_t window,
                                        std::int64_t frames);

/// How many of its outputs, from the first on, are used.
std::int64_t used_outputs(WindowShape shape, std::int64_t window, std::int64_t frames);

/// Whether `window` or a later one sees the frame.
bool is_seen_from(WindowShape shape, std::int64_t window, std::int64_t frame);

/// The last window that shows a frame by an output of its own: where two blend, the later one.
std::int64_t last_window_of(WindowShape shape, std::int64_t frame, std::int64_t frames);

}  // namespace rollingdepth
