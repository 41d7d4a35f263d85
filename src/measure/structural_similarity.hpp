#pragma once

#include "measure/map_pair.hpp"

namespace rollingdepth {

/// Mean structural similarity of one frame: Gaussian window 11x11 with sigma 1.5, K1 = 0.01, K2 =
/// 0.03, population covariance, mean over the windows that lie wholly in the frame and on valid
/// pixels; NaN where there is none or `range` is 0.
/// @param range the reference's largest minus smallest value over the clip.
/// Source: Wang et al. 2004, equation 13; as scikit-image's structural_similarity with
/// gaussian_weights=True, use_sample_covariance=False.
double structural_similarity(const MapPair& maps, double range);

}  // namespace rollingdepth
