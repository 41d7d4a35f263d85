#pragma once

#include <vector>

#include "align/covered_frames.hpp"
#include "align/frame_products.hpp"

namespace rollingdepth {

/// How far aligned samples lie from the median of their frame.
struct Residuals {
  double mean = 0;   ///< Mean absolute.
  double noise = 0;  ///< Standard deviation of the bulk: 1.4826 times the median absolute.
};

/// Looks at about 256 frames and 256 pixels of each; frames of one map tell nothing.
/// @param affines one per snippet.
Residuals residuals_of(const CoveredFrames& frames, const std::vector<Affine>& affines);

}  // namespace rollingdepth
