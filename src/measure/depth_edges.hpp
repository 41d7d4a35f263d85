#pragma once

#include <cstdint>

#include "measure/map_pair.hpp"

namespace rollingdepth {

/// Depth edges of two maps, counted.
struct EdgeCounts {
  std::int64_t pixels = 0;           ///< Pixels that could be an edge.
  std::int64_t reference = 0;        ///< Edge pixels of the reference.
  std::int64_t candidate = 0;        ///< Edge pixels of the candidate.
  std::int64_t reference_found = 0;  ///< Of the reference's, those with one of the candidate's
                                     ///< among the pixel and its eight neighbours.
  std::int64_t candidate_found = 0;  ///< The other way round.

  void add(const EdgeCounts& other);
  /// Harmonic mean of precision and recall. 1 where neither has edges, 0 where one of them has
  /// none, NaN without pixels.
  [[nodiscard]] double f1() const;
};

/// An edge is where the Sobel gradient (kernels over 8: depth per pixel) is longer than
/// `threshold`; counted are pixels whose 3x3 surroundings are in the frame and valid.
EdgeCounts edge_counts(const MapPair& maps, double threshold);

}  // namespace rollingdepth
