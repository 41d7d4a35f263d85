#pragma once

#include <span>

#include "align/frame_residuals.hpp"

namespace rollingdepth {

/// The line through most of some pairs, by its scale and a point on it.
struct LineFit {
  double scale = 1;         ///< > 0.
  double value_centre = 0;  ///< Becomes `target_centre`.
  double target_centre = 0;
  bool agrees = true;  ///< Whether the pairs tell a scale; else it is the one that was given.

  [[nodiscard]] Affine affine() const {
    return {.scale = scale, .shift = target_centre - scale * value_centre};
  }
};

/// Fits target = scale * value + shift where both have errors: the scale makes the spreads of both
/// equal, so that noise does not shrink it, as least squares would. Outliers hardly count.
/// Where one of the two is constant, or they contradict each other, only the centres are made
/// equal.
/// @param values, targets of pairs, as many; finite.
/// @param known_scale for that case, > 0.
/// Source: the reduced major axis (Samuelson 1942), with the weights of docs/alignment.md.
LineFit fit_line(std::span<const float> values, std::span<const float> targets, double known_scale);

}  // namespace rollingdepth
