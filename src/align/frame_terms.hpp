#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace rollingdepth {

/// A map's inverse is 1 / max(aligned, kSmallestDepth); no gradient flows where it is clamped.
inline constexpr float kSmallestDepth = 1e-3f;

/// The maps that cover one frame. Borrows.
struct FrameMaps {
  const float* samples = nullptr;  ///< [K, P] contiguous, finite.
  std::size_t count = 0;           ///< K >= 1.
  std::size_t pixels = 0;          ///< P >= 1.
  std::span<const float> scales;   ///< [K].
  std::span<const float> shifts;   ///< [K].
};

/// Derivatives of a frame's loss by one map's scale and shift.
struct MapGradient {
  double scale = 0;
  double shift = 0;
};

/// Buffers reused from frame to frame; one per thread.
struct FrameScratch {
  std::vector<float> mean;          ///< [P].
  std::vector<float> mean_inverse;  ///< [P].
  std::vector<float> inverse;       ///< [K, P].
};

/// With A = scale * x + shift, M and D the means over the K maps of A and of its inverse:
/// pixel_weight * (sum over maps and pixels of |A - M| / mean|M| + |1/A - D| / mean|D|).
/// M, D and both normalisers count as constants in the gradient.
/// @param gradients [K], overwritten.
double frame_terms(const FrameMaps& maps, float pixel_weight, FrameScratch& scratch,
                   std::span<MapGradient> gradients);

}  // namespace rollingdepth
