#pragma once

#include <cstddef>
#include <span>

#include "merge/merge.hpp"

namespace rollingdepth {

/// The aligned maps of one frame. Borrows.
struct AlignedMaps {
  const float* values = nullptr;   ///< [K, P].
  std::size_t pixels = 0;          ///< P.
  std::span<const float> weights;  ///< [K], > 0; K >= 1.
};

/// Merges pixel by pixel, see merge_frame. @param merged [P], overwritten.
void merge_pixels(const AlignedMaps& maps, MergeMethod method, double noise, float* merged);

}  // namespace rollingdepth
