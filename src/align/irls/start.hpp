#pragma once

#include <vector>

#include "align/frame_residuals.hpp"
#include "align/irls/agreement.hpp"

namespace rollingdepth {

/// Scales and shifts from the medians and spreads of the maps alone: the scales that make the
/// spreads of a frame's maps equal, then the shifts that make the medians equal, both in the sense
/// of least absolute differences. Positive, and close enough that the fit's residuals mean
/// something.
/// @param shapes of every map. @return one per snippet; scale 1, shift 0 where nothing is known.
std::vector<Affine> robust_start(const CoveredFrames& frames, const std::vector<MapShape>& shapes);

/// The median spread of all aligned maps that are not constant; 0 where there is none.
double typical_spread(const CoveredFrames& frames, const std::vector<Affine>& affines,
                      const std::vector<MapShape>& shapes);

}  // namespace rollingdepth
