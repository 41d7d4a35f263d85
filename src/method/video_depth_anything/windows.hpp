#pragma once

#include <array>
#include <cstdint>

#include "method/video_depth_anything/model.hpp"

namespace rollingdepth::vda {

/// Frames from one window to the next.
inline constexpr std::int64_t kWindowStep = 22;
/// The first outputs of a window that show frames again which the window before has shown last:
/// outputs kFirstShared to kWindowFrames - kWindowStep - 1 are blended with them.
inline constexpr std::int64_t kFirstShared = 2;
/// Output of the window before, beside its output 0, whose frame every window sees again.
inline constexpr std::int64_t kAnchor = 12;

/// Windows that show a frame of a clip: those that would bring copies of its last frame only are
/// none. @param frames >= 1.
std::int64_t window_count(std::int64_t frames);

/// The frames that a window sees, in order, of a clip of so many; beyond its end the last frame.
/// Source: Chen et al. 2025, section 3.3, key-frame referencing: the first frame, and the one in
/// the middle of what the window before has seen newly, anchor the scale.
std::array<std::int64_t, kWindowFrames> window_frames(std::int64_t window, std::int64_t frames);

/// How many of its outputs, from the first on, are used.
std::int64_t used_outputs(std::int64_t window, std::int64_t frames);

/// Whether `window` or a later one sees the frame.
bool is_seen_from(std::int64_t window, std::int64_t frame);

}  // namespace rollingdepth::vda
