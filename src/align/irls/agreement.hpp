#pragma once

#include <cstddef>
#include <vector>

#include "align/frame_residuals.hpp"

namespace rollingdepth {

/// Where the values of a map lie, before alignment.
struct MapShape {
  double median = 0;
  double spread = 0;  ///< Mean absolute distance from the median; 0 for a constant map.
};

/// How well the maps of the same frames agree, whatever their scale and shift.
struct MapAgreement {
  std::vector<MapShape> shapes;  ///< Of every map, [CoveredFrames::maps()].
  /// Maps that contradict the others: of a snippet that does so in most of its pairs, or alone.
  std::vector<bool> contradicts;
};

/// Compares all maps of a frame with each other by their correlation, which needs no alignment, on
/// about 1000 of their pixels. A snippet whose median correlation is below half of what its
/// partners reach contradicts; so does a single map, by the same measure within its frame. Where
/// nothing agrees with anything, nothing contradicts.
MapAgreement map_agreement(const CoveredFrames& frames);

}  // namespace rollingdepth
