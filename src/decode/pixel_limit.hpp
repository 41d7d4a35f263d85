#pragma once

#include <cstdint>

namespace rollingdepth {

/// Refuses what a file claims before memory of that size is taken.
/// @throws Error(kInput), without the file's name, for sides that are not above 0 and for more than
///         `max_pixels` pixels, naming --max-pixels.
void require_pixels(std::int64_t width_px, std::int64_t height_px, std::int64_t max_pixels);

/// The same for what libav is to decode, which has a limit of its own.
void require_pixels_for_libav(std::int64_t width_px, std::int64_t height_px,
                              std::int64_t max_pixels);

/// The limit for libav's own check, which comes first in streams whose header says nothing of their
/// size. Some more: libav counts rows as they are padded.
std::int64_t padded_pixels(std::int64_t max_pixels);

}  // namespace rollingdepth
