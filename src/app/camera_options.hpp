#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "app/option_table.hpp"
#include "rollingdepth/frame_size.hpp"
#include "tracks/camera.hpp"

namespace rollingdepth {

/// What the command line says of the camera that took a clip; at most one is set.
struct CameraOptions {
  /// fx, fy, cx, cy in pixels of the clip, whose pictures span 0 to width and 0 to height.
  std::optional<std::array<double, 4>> intrinsics = std::nullopt;
  std::optional<double> fov_x_degrees = std::nullopt;
  std::optional<std::filesystem::path> file = std::nullopt;

  [[nodiscard]] bool is_assumed() const { return !intrinsics && !fov_x_degrees && !file; }
  /// @throws Error(kUsage) where more than one is set.
  void validate() const;
  /// As options, "--fov-x 60"; empty where nothing is said.
  [[nodiscard]] std::string text() const;
};

/// Declares --intrinsics, --fov-x and --camera.
void add_camera_options(OptionTable& table, CameraOptions& choice);

/// The camera for pictures of a size; assumed_camera() where nothing is said.
/// @throws Error(kInput) for a file that cannot be used.
Camera camera_of(const CameraOptions& choice, FrameSize pictures);

}  // namespace rollingdepth
