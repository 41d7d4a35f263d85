#pragma once

#include <cstdint>

#include "rollingdepth/measure/map_pair.hpp"

namespace rollingdepth {

/// Mean structural similarity of one frame: Gaussian window 11x11 with sigma 1.5, K1 = 0.01, K2 =
/// 0.03, population covariance, mean over the windows that lie wholly in the frame and on valid
/// pixels; NaN where there is none or `range` is 0.
/// @param range the reference's largest minus smallest value over the clip.
/// Source: Wang et al. 2004, equation 13; as scikit-image's structural_similarity with
/// gaussian_weights=True, use_sample_covariance=False.
double structural_similarity(const MapPair& maps, double range);

/// Depth edges of two maps, counted.
struct EdgeCounts {
  std::int64_t reference = 0;        ///< Edge pixels of the reference.
  std::int64_t candidate = 0;        ///< Edge pixels of the candidate.
  std::int64_t reference_found = 0;  ///< Of the reference's, those with one of the candidate's
                                     ///< among the pixel and its eight neighbours.
  std::int64_t candidate_found = 0;  ///< The other way round.

  void add(const EdgeCounts& other);
  /// Harmonic mean of precision and recall. 1 where neither has edges, 0 where one of them has
  /// none.
  [[nodiscard]] double f1() const;
};

/// An edge is where the Sobel gradient (kernels over 8: depth per pixel) is longer than
/// `threshold`; counted are pixels whose 3x3 surroundings are in the frame and valid.
EdgeCounts edge_counts(const MapPair& maps, double threshold);

}  // namespace rollingdepth
