#pragma once

#include <string>
#include <vector>

#include "app/camera_options.hpp"
#include "app/option_table.hpp"
#include "write/point_cloud.hpp"

namespace rollingdepth {

/// What a run and `points` are told about point clouds.
struct PointOptions {
  CameraOptions camera;
  PointCloudOptions clouds;

  /// @throws Error(kUsage) naming the option.
  void validate() const;
  /// All that moves a point, as options.
  [[nodiscard]] std::string text() const;
  /// Of the camera; reads its file when it is called.
  [[nodiscard]] SightLinesOf sight_lines() const;
};

/// Declares them below a heading of their own.
void add_point_options(OptionTable& table, PointOptions& options);

/// Their long names.
const std::vector<std::string>& point_option_names();

}  // namespace rollingdepth
