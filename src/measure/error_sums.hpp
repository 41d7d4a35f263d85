#pragma once

#include <cstdint>

#include "measure/map_pair.hpp"
#include "measure/metrics.hpp"

namespace rollingdepth {

/// Sums over valid pixels from which the pixel-wise metrics of one frame, or of many together,
/// follow. float64; sums of frames are added in order, so that the result does not depend on
/// threads.
struct ErrorSums {
  std::int64_t pixels = 0;
  double absolute = 0;  ///< sum |c - r|
  double squared = 0;   ///< sum (c - r)^2
  double largest = 0;   ///< max |c - r|
  // Of the Pearson correlation, about the means (updated as in Chan et al. 1983).
  double mean_reference = 0;
  double mean_candidate = 0;
  double deviation_reference = 0;  ///< sum (r - mean)^2
  double deviation_candidate = 0;
  double codeviation = 0;
  // Only with a ground truth, where both are positive.
  double relative = 0;                                 ///< sum |c - r| / r
  std::int64_t within1 = 0, within2 = 0, within3 = 0;  ///< max(c/r, r/c) < 1.25, 1.25^2, 1.25^3
  double log_ratio = 0;                                ///< sum (ln c - ln r)
  double squared_log_ratio = 0;

  void add(const ErrorSums& other);
};

/// @param ground_truth also takes what needs positive values. REQUIRES: then valid pixels are > 0.
ErrorSums error_sums(const MapPair& maps, bool ground_truth);

/// Fills mae, rmse, max_error, pearson, psnr (peak: `range`, the reference's largest minus smallest
/// value over the clip) and, with a ground truth, abs_rel, delta1 to delta3 and silog. Without a
/// pixel all stay NaN; pearson of a constant map is NaN; psnr of equal maps is infinite, that of
/// others NaN where `range` is 0.
/// Source: Eigen et al. 2014, sections 3.2 and 4.2 (silog = 100 sqrt(mean(d^2) - mean(d)^2), d the
/// difference of natural logarithms, as the KITTI depth benchmark reports it).
void fill_error_metrics(const ErrorSums& sums, double range, bool ground_truth,
                        MetricValues& values);

}  // namespace rollingdepth
