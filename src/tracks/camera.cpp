#include "tracks/camera.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

#include "base/formatted.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr double kHalfPixel = 0.5;

PinholeCamera centred(double focal_px, FrameSize size) {
  return {.fx = focal_px,
          .fy = focal_px,
          .cx = static_cast<double>(size.width_px) / 2 - kHalfPixel,
          .cy = static_cast<double>(size.height_px) / 2 - kHalfPixel,
          .size = size};
}

}  // namespace

PinholeCamera PinholeCamera::resized(FrameSize to) const {
  const double by_x = static_cast<double>(to.width_px) / static_cast<double>(size.width_px);
  const double by_y = static_cast<double>(to.height_px) / static_cast<double>(size.height_px);
  return {.fx = fx * by_x,
          .fy = fy * by_y,
          .cx = (cx + kHalfPixel) * by_x - kHalfPixel,
          .cy = (cy + kHalfPixel) * by_y - kHalfPixel,
          .size = to};
}

CameraChoice::Intrinsics parse_intrinsics(const std::string& text) {
  std::array<double, 4> numbers{};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  bool is_good = true;
  for (std::size_t i = 0; i < numbers.size() && is_good; ++i) {
    if (i > 0) is_good = at != end && *at++ == ',';
    const auto [rest, problem] = std::from_chars(at, end, numbers[i]);
    is_good = is_good && problem == std::errc() && std::isfinite(numbers[i]);
    at = rest;
  }
  if (!is_good || at != end || numbers[0] <= 0 || numbers[1] <= 0) {
    throw Error(ErrorKind::kUsage,
                "'" + text +
                    "' is not fx,fy,cx,cy in pixels, with focal lengths above 0 (such as "
                    "1500,1500,959.5,539.5)");
  }
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

std::string camera_text(const CameraChoice& choice) {
  if (const auto& given = choice.intrinsics) {
    return formatted("--intrinsics %.9g,%.9g,%.9g,%.9g ", given->fx, given->fy, given->cx,
                     given->cy);
  }
  return choice.fov_x_degrees ? formatted("--fov-x %.9g ", *choice.fov_x_degrees) : "";
}

PinholeCamera camera_of(const CameraChoice& choice, FrameSize pictures) {
  if (const auto& given = choice.intrinsics) {
    return {.fx = given->fx, .fy = given->fy, .cx = given->cx, .cy = given->cy, .size = pictures};
  }
  const auto width = static_cast<double>(pictures.width_px);
  if (choice.fov_x_degrees) {
    const double half_angle = *choice.fov_x_degrees * std::numbers::pi / 360;
    return centred(width / 2 / std::tan(half_angle), pictures);
  }
  const auto longer = static_cast<double>(std::max(pictures.width_px, pictures.height_px));
  return centred(kAssumedFocal * longer, pictures);
}

std::string to_string(const PinholeCamera& camera) {
  return formatted("fx %.6g, fy %.6g, cx %.6g, cy %.6g of ", camera.fx, camera.fy, camera.cx,
                   camera.cy) +
         std::to_string(camera.size.width_px) + "x" + std::to_string(camera.size.height_px);
}

}  // namespace rollingdepth
