#pragma once

#include <string>
#include <vector>

#include "app/option_table.hpp"
#include "write/point_cloud.hpp"

namespace rollingdepth {

/// Declares what a run and `points` are told about point clouds, below a heading of their own.
void add_point_options(OptionTable& table, PointCloudOptions& options);

/// Their long names.
const std::vector<std::string>& point_option_names();

}  // namespace rollingdepth
