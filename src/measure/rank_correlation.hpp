#pragma once

#include <cstdint>
#include <vector>

#include "measure/map_pair.hpp"

namespace rollingdepth {

/// Spearman's rank correlation of the valid pixels of one frame, ties at their mean rank, exact.
/// NaN for fewer than two pixels or a constant map.
double spearman(const MapPair& maps);

/// Spearman's rank correlation over all pixels of a clip in constant memory (64 MiB), in two
/// passes: counts of values first, then the correlation of the ranks that follow from them. Values
/// are told apart by the upper bits of the float32 representation of their distance from a centre
/// (relative steps of 2^-13), those that are not count as ties. Not thread-safe.
class PooledRanks {
 public:
  /// @param reference_centre, candidate_centre best the middle of the values of each.
  explicit PooledRanks(double reference_centre = 0, double candidate_centre = 0);
  /// First pass: counts the values of a frame.
  void count(const MapPair& maps);
  /// Second pass, the same frames: correlates their ranks. REQUIRES: count() saw all frames.
  void correlate(const MapPair& maps);
  /// NaN for fewer than two pixels or a constant clip. REQUIRES: both passes saw the same.
  [[nodiscard]] double value() const;

 private:
  // How many pixels have each value; from the second pass on, twice the value's mean rank, from the
  // middle.
  std::vector<std::int64_t> reference_;
  std::vector<std::int64_t> candidate_;
  double reference_centre_;
  double candidate_centre_;
  std::int64_t pixels_ = 0;
  bool ranked_ = false;
  double product_ = 0;
  double reference_square_ = 0;
  double candidate_square_ = 0;
};

}  // namespace rollingdepth
