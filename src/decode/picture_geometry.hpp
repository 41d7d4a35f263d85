#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// One of the eight ways in which a stored picture can lie relative to the shown one. The
/// transposition comes first, then the flips.
struct Orientation {
  bool transpose = false;
  bool flip_horizontal = false;
  bool flip_vertical = false;
  friend bool operator==(const Orientation&, const Orientation&) = default;
};

/// Reads a display matrix: 9 numbers in libav's layout, of which only the linear part counts.
/// @return nothing for an angle that is more than a degree away from a multiple of 90.
std::optional<Orientation> orientation_of(const std::int32_t* display_matrix);

/// @param rgb [3, H, W] uint8 as stored.
/// @return    [3, H, W] or, transposed, [3, W, H]; contiguous.
at::Tensor oriented(const at::Tensor& rgb, const Orientation& orientation);

/// The width that a stored picture needs for its pixels to be square.
/// A ratio within 0.5 % of 1 is what encoders note down after rounding a size: it is left alone, as
/// resampling would cost more sharpness than it mends. So are ratios outside of 1/10 to 10.
std::int64_t square_pixel_width(std::int64_t width_px, const Rational& pixel_aspect);

/// Resamples bilinearly, with antialiasing where it shrinks; returns `rgb` itself where it fits.
/// @param rgb [3, H, W] uint8.
/// @return    [3, height_px, width_px] uint8, contiguous.
at::Tensor resized(const at::Tensor& rgb, std::int64_t height_px, std::int64_t width_px);

}  // namespace rollingdepth
