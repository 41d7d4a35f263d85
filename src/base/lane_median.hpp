#pragma once

#include <algorithm>
#include <cstddef>

namespace rollingdepth {

/// The median over `count` rows at every one of `lanes` columns, by a sorting network of minima and
/// maxima, which compiles to vector instructions. The mean of the middle two for an even count.
/// @param rows   [count][stride], sorted along the columns afterwards.
/// @param median [lanes]; may not overlap.
inline __attribute__((always_inline)) void lane_median(float* __restrict rows, std::size_t count,
                                                       std::size_t lanes, std::size_t stride,
                                                       float* __restrict median) {
  // Odd-even transposition: `count` rounds of neighbours that change places.
  for (std::size_t round = 0; round < count; ++round) {
    for (std::size_t i = round % 2; i + 1 < count; i += 2) {
      float* __restrict lower = rows + i * stride;
      float* __restrict upper = rows + (i + 1) * stride;
      for (std::size_t p = 0; p < lanes; ++p) {
        const float a = lower[p], b = upper[p];
        lower[p] = a < b ? a : b;
        upper[p] = a < b ? b : a;
      }
    }
  }
  const float* __restrict low = rows + (count - 1) / 2 * stride;
  const float* __restrict high = rows + count / 2 * stride;
  for (std::size_t p = 0; p < lanes; ++p) median[p] = 0.5f * (low[p] + high[p]);
}

}  // namespace rollingdepth
