#pragma once

#include <cmath>
#include <limits>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// No number: of a point that has no depth.
inline constexpr double kNoDepth = std::numeric_limits<double>::quiet_NaN();

/// The inverse depth of a value of a depth clip, in which tracks are smoothed and fitted: larger is
/// nearer. Metres become 1 / metres; the other values are inverse depth as they are.
/// @return NaN for what is no depth: not finite, or metres that are not above 0.
inline double inverse_depth(double value, DepthValues values) {
  if (!std::isfinite(value)) return kNoDepth;
  if (values != DepthValues::kMetres) return value;
  return value > 0 ? 1 / value : kNoDepth;
}

/// The way back. @return NaN where no value has that inverse depth.
inline double value_of_inverse(double inverse, DepthValues values) {
  if (values != DepthValues::kMetres) return inverse;
  return inverse > 0 ? 1 / inverse : kNoDepth;
}

}  // namespace rollingdepth
