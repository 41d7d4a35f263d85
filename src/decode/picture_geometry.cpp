#include "decode/picture_geometry.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace rollingdepth {
namespace {

constexpr double kMaxTilt = 0.0175;  // One degree, as a tangent.

// Whether (main_0, main_1) are the only entries of the 2x2 matrix that matter.
bool dominate(double main_0, double main_1, double other_0, double other_1) {
  const double smallest = std::min(std::abs(main_0), std::abs(main_1));
  const double largest = std::max(std::abs(other_0), std::abs(other_1));
  return smallest > 0 && largest <= kMaxTilt * smallest;
}

}  // namespace

std::optional<Orientation> orientation_of(const std::int32_t* display_matrix) {
  // A pixel (x, y) is shown at (a x + c y, b x + d y), up to a shift; y points down.
  const double a = display_matrix[0];
  const double b = display_matrix[1];
  const double c = display_matrix[3];
  const double d = display_matrix[4];
  if (dominate(a, d, b, c)) {
    return Orientation{.transpose = false, .flip_horizontal = a < 0, .flip_vertical = d < 0};
  }
  if (dominate(b, c, a, d)) {
    return Orientation{.transpose = true, .flip_horizontal = c < 0, .flip_vertical = b < 0};
  }
  return std::nullopt;
}

at::Tensor oriented(const at::Tensor& rgb, const Orientation& orientation) {
  at::Tensor shown = orientation.transpose ? rgb.transpose(1, 2) : rgb;
  std::vector<std::int64_t> flipped_axes;
  if (orientation.flip_vertical) flipped_axes.push_back(1);
  if (orientation.flip_horizontal) flipped_axes.push_back(2);
  if (!flipped_axes.empty()) shown = shown.flip(flipped_axes);
  return shown.contiguous();
}

std::int64_t square_pixel_width(std::int64_t width_px, const Rational& pixel_aspect) {
  if (!pixel_aspect.positive()) return width_px;
  const double aspect = pixel_aspect.value();
  if (std::abs(aspect - 1) <= 0.005 || aspect < 0.1 || aspect > 10) return width_px;
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(width_px) * aspect));
}

at::Tensor resized(const at::Tensor& rgb, std::int64_t height_px, std::int64_t width_px) {
  if (rgb.size(1) == height_px && rgb.size(2) == width_px) return rgb;
  // LibTorch's kernel for bytes goes by the stride of an axis of one pixel too, which may be
  // anything in a tensor that is contiguous, as in a row that was turned upright: read beyond its
  // end.
  const at::Tensor plain = rgb.reshape({-1}).reshape({1, rgb.size(0), rgb.size(1), rgb.size(2)});
  return at::_upsample_bilinear2d_aa(plain, {height_px, width_px}, /*align_corners=*/false)
      .squeeze(0)
      .contiguous();
}

}  // namespace rollingdepth
