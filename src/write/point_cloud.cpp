#include "write/point_cloud.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/formatted.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using Pixel = std::uint32_t;  // Index in a map, row after row.

// A map's inverse distances, which planes make linear: what jumps in them is no slanted surface.
class InverseMap {
 public:
  InverseMap(const at::Tensor& depth, const DistanceScale& scale)
      : width_(depth.size(1)), height_(depth.size(0)) {
    values_.reserve(static_cast<std::size_t>(depth.numel()));
    const float* values = depth.const_data_ptr<float>();
    for (std::int64_t i = 0; i < depth.numel(); ++i) {
      values_.push_back(static_cast<float>(scale.inverse_distance(values[i])));
    }
  }

  [[nodiscard]] std::int64_t width() const { return width_; }
  [[nodiscard]] std::int64_t height() const { return height_; }
  [[nodiscard]] float at(std::int64_t x, std::int64_t y) const {
    return values_[static_cast<std::size_t>(y * width_ + x)];
  }
  // Whether one of the four neighbours is much nearer or farther.
  [[nodiscard]] bool is_edge(std::int64_t x, std::int64_t y, float largest_jump) const {
    const float here = at(x, y);
    const auto jumps = [&](float there) {
      return there > 0 && std::min(here, there) < (1 - largest_jump) * std::max(here, there);
    };
    return (x > 0 && jumps(at(x - 1, y))) || (x + 1 < width_ && jumps(at(x + 1, y))) ||
           (y > 0 && jumps(at(x, y - 1))) || (y + 1 < height_ && jumps(at(x, y + 1)));
  }

 private:
  std::int64_t width_, height_;
  std::vector<float> values_;
};

std::vector<Pixel> kept_pixels(const InverseMap& map, const DistanceScale& scale,
                               const PointCloudOptions& options) {
  std::vector<Pixel> kept;
  const auto smallest = static_cast<float>(scale.smallest_kept());
  const auto largest_jump = static_cast<float>(options.edge);
  for (std::int64_t y = 0; y < map.height(); y += options.stride_px) {
    for (std::int64_t x = 0; x < map.width(); x += options.stride_px) {
      const float inverse = map.at(x, y);
      if (!(inverse > 0) || inverse < smallest) continue;
      if (options.edge > 0 && map.is_edge(x, y, largest_jump)) continue;
      kept.push_back(static_cast<Pixel>(y * map.width() + x));
    }
  }
  return kept;
}

// A place for each pixel in an order without a pattern, no two the same: each step can be undone.
// Source: the finalizer of MurmurHash3.
Pixel place_of(Pixel pixel) {
  pixel = (pixel ^ (pixel >> 16)) * 0x85ebca6bU;
  pixel = (pixel ^ (pixel >> 13)) * 0xc2b2ae35U;
  return pixel ^ (pixel >> 16);
}

void thin_out(std::vector<Pixel>& pixels, std::int64_t max_points) {
  if (std::cmp_less_equal(pixels.size(), max_points)) return;
  std::vector<Pixel> places(pixels.size());
  std::transform(pixels.begin(), pixels.end(), places.begin(), place_of);
  const auto first_dropped = places.begin() + max_points;
  std::nth_element(places.begin(), first_dropped, places.end());
  std::erase_if(pixels, [end = *first_dropped](Pixel pixel) { return place_of(pixel) >= end; });
}

std::string number(double value) { return formatted("%.6g", value); }

void require_share(const char* option, double value) {
  if (value >= 0 && value < 1) return;
  throw Error(ErrorKind::kUsage,
              std::string(option) + ": must be at least 0 and below 1, not " + number(value));
}

}  // namespace

PointAxes parse_point_axes(std::string_view name) {
  if (name == "opencv") return PointAxes::kOpenCv;
  if (name == "opengl") return PointAxes::kOpenGl;
  throw Error(ErrorKind::kUsage, "'" + std::string(name) + "' is neither opencv nor opengl");
}

std::string to_string(PointAxes axes) { return axes == PointAxes::kOpenCv ? "opencv" : "opengl"; }

void PointCloudOptions::validate() const {
  if (near_metres.has_value() != far_metres.has_value()) {
    throw Error(ErrorKind::kUsage, near_metres ? "--near: needs --far" : "--far: needs --near");
  }
  if (near_metres && !(*near_metres > 0)) {
    throw Error(ErrorKind::kUsage, "--near: must be greater than 0");
  }
  if (near_metres && !(*near_metres < *far_metres)) {
    throw Error(ErrorKind::kUsage, "--far: must be greater than --near");
  }
  require_at_least("--point-stride", stride_px, 1);
  require_share("--edge-filter", edge);
  if (sky) require_share("--sky-filter", *sky);
  require_at_least("--max-points", max_points, 1);
}

void PointCloudOptions::require_fit(DepthValues values) const {
  if (values != DepthValues::kMetres || !near_metres) return;
  throw Error(ErrorKind::kUsage,
              "--near: the depth is in metres, and needs no distances to be told");
}

std::string PointCloudOptions::text() const {
  std::string text;
  if (near_metres) text += "--near " + number(*near_metres) + " --far " + number(*far_metres) + " ";
  text += "--point-stride " + std::to_string(stride_px) + " --edge-filter " + number(edge);
  if (sky) text += " --sky-filter " + number(*sky);
  return text + " --max-points " + std::to_string(max_points) + " --axes " + to_string(axes);
}

double PointCloudOptions::largest_share(FrameSize depth) const {
  const auto strides = [&](std::int64_t side) {
    return static_cast<double>((side + stride_px - 1) / stride_px);
  };
  const double points =
      std::min(strides(depth.width_px) * strides(depth.height_px), static_cast<double>(max_points));
  return points / (static_cast<double>(depth.width_px) * static_cast<double>(depth.height_px));
}

DistanceScale::DistanceScale(const DepthClipInfo& clip, const PointCloudOptions& options)
    : inverts_(clip.values == DepthValues::kMetres) {
  options.require_fit(clip.values);
  if (inverts_) {
    const double sky = options.sky.value_or(0);
    if (sky > 0 && clip.max > 0) {
      constexpr double kNearestShare = 0.01;  // A pixel at 0 would leave nothing to be far.
      const double farthest = 1 / static_cast<double>(clip.max);
      const double nearest = 1 / std::max<double>(clip.min, clip.max * kNearestShare);
      smallest_kept_ = farthest + sky * (nearest - farthest);
    }
    text_ = "unit metres, as the model gives them";
    return;
  }
  is_metres_ = options.near_metres.has_value();
  const double near = options.near_metres.value_or(PointCloudOptions::kRelativeNear);
  const double far = options.far_metres.value_or(PointCloudOptions::kRelativeFar);
  const double nearest = 1 / near, farthest = 1 / far;
  const double range = static_cast<double>(clip.max) - clip.min;
  // Of a clip of one value all is near, and no sky.
  slope_ = range > 0 ? (nearest - farthest) / range : 0;
  offset_ = range > 0 ? farthest - slope_ * clip.min : nearest;
  smallest_kept_ =
      farthest + options.sky.value_or(PointCloudOptions::kDefaultSky) * (nearest - farthest);
  text_ = std::string(is_metres_ ? "unit metres" : "unit relative") +
          ": the clip's nearest value is at " + number(near) + ", its farthest at " + number(far) +
          (is_metres_ ? "" : " (--near and --far make metres of them)");
}

double DistanceScale::inverse_distance(float value) const {
  if (!std::isfinite(value)) return 0;
  const double inverse = inverts_ ? 1 / static_cast<double>(value) : offset_ + slope_ * value;
  return inverse > 0 && std::isfinite(inverse) ? inverse : 0;
}

at::Tensor pixel_sight_lines(const SightLines& lines, FrameSize pictures, FrameSize map) {
  constexpr double kCentre = 0.5;
  at::Tensor table = at::empty({map.height_px, map.width_px, 2}, at::kFloat);
  const double by_x = static_cast<double>(pictures.width_px) / static_cast<double>(map.width_px);
  const double by_y = static_cast<double>(pictures.height_px) / static_cast<double>(map.height_px);
  float* out = table.mutable_data_ptr<float>();
  for (std::int64_t row = 0; row < map.height_px; ++row) {
    for (std::int64_t column = 0; column < map.width_px; ++column) {
      const auto [x, y] = lines.at_unit_distance((static_cast<double>(column) + kCentre) * by_x,
                                                 (static_cast<double>(row) + kCentre) * by_y);
      *out++ = static_cast<float>(x);
      *out++ = static_cast<float>(y);
    }
  }
  return table;
}

std::vector<ColoredPoint> point_cloud(const at::Tensor& depth, const at::Tensor& rgb,
                                      const at::Tensor& sight_lines, const DistanceScale& scale,
                                      const PointCloudOptions& options) {
  std::vector<Pixel> pixels = kept_pixels(InverseMap(depth, scale), scale, options);
  thin_out(pixels, options.max_points);
  const float* values = depth.const_data_ptr<float>();
  const float* lines = sight_lines.const_data_ptr<float>();
  const std::uint8_t* red = rgb.const_data_ptr<std::uint8_t>();
  const std::uint8_t* green = red + depth.numel();
  const std::uint8_t* blue = green + depth.numel();
  const double flip = options.axes == PointAxes::kOpenGl ? -1 : 1;
  std::vector<ColoredPoint> points;
  points.reserve(pixels.size());
  for (const Pixel pixel : pixels) {
    // Not of the map of inverse distances, which is rounded.
    const double z = 1 / scale.inverse_distance(values[pixel]);
    const float* line = lines + std::size_t{pixel} * 2;
    points.push_back({.x = static_cast<float>(line[0] * z),
                      .y = static_cast<float>(flip * line[1] * z),
                      .z = static_cast<float>(flip * z),
                      .red = red[pixel],
                      .green = green[pixel],
                      .blue = blue[pixel]});
  }
  return points;
}

}  // namespace rollingdepth
