#pragma once

#include <optional>
#include <string>

#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// A camera without lens distortion, for pictures of `size`. Axes are OpenCV's: x to the right, y
/// down, z along the view. The centre of the first pixel is (0, 0).
struct PinholeCamera {
  double fx = 0, fy = 0;  ///< Focal lengths in pixels, > 0.
  double cx = 0, cy = 0;  ///< Principal point in pixels.
  FrameSize size;

  /// The same camera for pictures of another size: all sides of a pixel are scaled, whatever the
  /// aspect ratio.
  [[nodiscard]] PinholeCamera resized(FrameSize to) const;
};

/// What is known of the camera of a clip, in pixels of its pictures as they are shown. At most one
/// is set; none: kAssumedFocal.
struct CameraChoice {
  struct Intrinsics {
    double fx, fy, cx, cy;
  };
  std::optional<Intrinsics> intrinsics = std::nullopt;
  std::optional<double> fov_x_degrees = std::nullopt;  ///< Of the whole width, within 0 to 180.

  [[nodiscard]] bool is_assumed() const { return !intrinsics && !fov_x_degrees; }
};

/// Of the longer side, where nothing is known: 45 degrees, as of a phone's main camera and COLMAP's
/// first guess.
inline constexpr double kAssumedFocal = 1.2;

/// "fx,fy,cx,cy". @throws Error(kUsage), without the option's name.
CameraChoice::Intrinsics parse_intrinsics(const std::string& text);

/// The options that say so, each with a blank behind it: "--fov-x 60 "; empty for none.
std::string camera_text(const CameraChoice& choice);

PinholeCamera camera_of(const CameraChoice& choice, FrameSize pictures);

/// "fx 921.6, fy 921.6, cx 383.5, cy 215.5 of 768x432".
std::string to_string(const PinholeCamera& camera);

}  // namespace rollingdepth
