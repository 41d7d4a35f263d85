#pragma once

#include <cstdint>

#include "measure/map_pair.hpp"
#include "measure/metrics.hpp"
#include "measure/optical_flow.hpp"

namespace rollingdepth {

/// How two clips change from one frame to the next, summed over the pixels valid in both frames.
struct ChangeSums {
  std::int64_t pixels = 0;
  double candidate = 0;  ///< sum |c_t - c_(t-1)|
  double reference = 0;  ///< sum |r_t - r_(t-1)|

  void add(const ChangeSums& other);
};

/// Without motion: each pixel against itself in the frame before.
ChangeSums change_between(const MapPair& before, const MapPair& now);

/// Along the motion: each visible pixel against where it was, by bilinear interpolation of the
/// frame before. Pixels that come from outside the frame, or from between pixels of which one is
/// not valid, do not count.
/// Source: the warping error of Lai et al. 2018, section 4.1, with the mean absolute difference.
/// @throws Error(kFailed) where `flow` has no tensors, or they are not of the maps' size.
ChangeSums change_along_flow(const MapPair& before, const MapPair& now, const BackwardFlow& flow);

/// Fills temporal_change, reference_temporal_change and temporal_difference, the first minus the
/// second. NaN without pixels.
void fill_temporal_metrics(const ChangeSums& sums, MetricValues& values);
/// Fills flow_warp_error and reference_flow_warp_error.
void fill_flow_metrics(const ChangeSums& sums, MetricValues& values);

}  // namespace rollingdepth
