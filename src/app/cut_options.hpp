#pragma once

#include <string>

#include "app/option_table.hpp"
#include "shots/cut_detector.hpp"

namespace rollingdepth {

/// Declares an option for each field of `options`, which CutOptions::validate(prefix) checks later.
/// @param prefix of their names: "--" declares --threshold, "--scene-" --scene-threshold.
void add_cut_options(OptionTable& table, CutOptions& options, const std::string& prefix = "--");

}  // namespace rollingdepth
