#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "align/frame_residuals.hpp"

namespace rollingdepth {

/// The second derivatives of a frame's weighted residual by the affines of two of its maps.
struct PairBlock {
  double scale_scale = 0;
  double scale_shift = 0;  ///< By the first map's scale and the second one's shift.
  double shift_scale = 0;
  double shift_shift = 0;
};

/// What one frame adds to the normal equations.
struct FrameProducts {
  std::vector<PairBlock> pairs;  ///< Of maps k <= l, row by row of the upper triangle.
  std::vector<double> weight;    ///< Of every map: the mean over its pixels, 0..1.
};

/// Buffers reused from frame to frame; one per thread.
struct ProductsScratch {
  std::vector<float> aligned, sorted, weight;
  std::vector<double> mass, value, sums;
};

/// With A_k = scale_k x_k + shift_k, med the median of A over the maps, w the weight of A_k - med,
/// and m = sum(w A) / sum(w): the matrix of the quadratic form
/// sum over pixels and maps of w (A_k - m)^2 in all scales and shifts. The means m are eliminated.
/// @param maps   two or more. @param affines one per map.
/// @param width  the residual at which a weight is 1/4.
void frame_products(std::span<const CoveredMap> maps, std::size_t pixels,
                    std::span<const Affine> affines, double width, ProductsScratch& scratch,
                    FrameProducts& products);

}  // namespace rollingdepth
