#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// How a cloud's axes lie, seen by the camera.
enum class PointAxes {
  kOpenCv,  ///< x right, y down, z forward.
  kOpenGl,  ///< x right, y up, z backward.
};
/// "opencv", "opengl". @throws Error(kUsage) for another name.
PointAxes parse_point_axes(std::string_view name);
std::string to_string(PointAxes axes);

/// Where the pixels of a clip look. Not a camera itself: kinds of those are nothing that a file of
/// points depends on.
struct SightLines {
  /// x and y where the line of sight through a position meets the plane z = 1, axes as kOpenCv.
  /// Positions are pixels of the clip, whose pictures span 0 to width and 0 to height.
  std::function<std::array<double, 2>(double x_px, double y_px)> at_unit_distance;
  std::string text = {};    ///< What is known of the camera, printable.
  bool is_assumed = false;  ///< Nothing is.
};
/// The lines of sight of a clip whose pictures have a size.
using SightLinesOf = std::function<SightLines(FrameSize pictures)>;

/// Those of the centres of the pixels of a map, which need not be as large as the clip's pictures.
/// @return [H, W, 2] float32.
at::Tensor pixel_sight_lines(const SightLines& lines, FrameSize pictures, FrameSize map);

/// What becomes of the depth of a clip in point clouds.
struct PointCloudOptions {
  /// Nearest and farthest of a clip that inverse depth does not tell, without a unit.
  static constexpr double kRelativeNear = 1, kRelativeFar = 10;
  static constexpr double kDefaultSky = 0.02;

  /// Distance of the nearest and of the farthest value of the clip in metres; both or none.
  std::optional<double> near_metres = std::nullopt, far_metres = std::nullopt;
  std::int64_t stride_px = 1;  ///< Every so many columns and rows, >= 1.
  /// Pixels go whose distance differs from a neighbour's by more than this share of the farther of
  /// the two; 0 keeps them.
  double edge = 0.03;
  /// Pixels go that lie within this share of the clip's inverse distances, from the farthest on; 0
  /// keeps them. Unset: kDefaultSky, and 0 of depth in metres.
  std::optional<double> sky = std::nullopt;
  std::int64_t max_points = 1'000'000;  ///< Of a frame, >= 1.
  PointAxes axes = PointAxes::kOpenCv;

  /// @throws Error(kUsage) naming the option.
  void validate() const;
  /// @throws Error(kUsage) for what depth of these values does not take.
  void require_fit(DepthValues values) const;
  /// All that moves a point, as options: "--edge-filter 0.04 --sky-filter 0.02".
  [[nodiscard]] std::string text() const;
  /// Of the pixels of such a map, the share that can become points.
  [[nodiscard]] double largest_share(FrameSize depth) const;
};

/// The distances that the values of a clip stand for.
class DistanceScale {
 public:
  /// @param clip its range and what its values are.
  DistanceScale(const DepthClipInfo& clip, const PointCloudOptions& options);

  /// 1 / distance along the optical axis, > 0; 0 for a value that is no distance.
  [[nodiscard]] double inverse_distance(float value) const;
  /// Of the sky, which is dropped.
  [[nodiscard]] double smallest_kept() const { return smallest_kept_; }
  [[nodiscard]] bool is_metres() const { return is_metres_; }
  /// "unit metres: ...", "unit relative: ...", for people.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  bool inverts_ = false;  // Values are distances.
  double offset_ = 0;     // inverse distance = offset + slope * value.
  double slope_ = 1;
  double smallest_kept_ = 0;
  bool is_metres_ = true;
  std::string text_;
};

struct ColoredPoint {
  float x, y, z;
  std::uint8_t red, green, blue;
};

/// The points of one depth map, in the order of its pixels.
///
/// Where more are left than PointCloudOptions::max_points, those stay whose pixel comes first in an
/// order that is as good as random, and the same in every frame and run.
/// @param depth  [H, W] float32 on CPU, contiguous.
/// @param rgb    [3, H, W] uint8 on CPU, contiguous.
/// @param sight_lines [H, W, 2] float32 on CPU, contiguous, as pixel_sight_lines() makes them.
std::vector<ColoredPoint> point_cloud(const at::Tensor& depth, const at::Tensor& rgb,
                                      const at::Tensor& sight_lines, const DistanceScale& scale,
                                      const PointCloudOptions& options);

}  // namespace rollingdepth
