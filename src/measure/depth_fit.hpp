#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "measure/map_pair.hpp"

namespace rollingdepth {

/// What may be changed about a candidate before it is compared.
enum class DepthAlignment {
  kNone,
  kScale,          ///< aligned = scale * candidate.
  kAffine,         ///< aligned = scale * candidate + shift.
  kAffineInverse,  ///< aligned = 1 / (scale * candidate + shift): inverse depth against depth.
};
std::vector<std::string> depth_alignment_names();
std::string to_string(DepthAlignment alignment);
/// @throws Error(kUsage) for an unknown name.
DepthAlignment parse_depth_alignment(std::string_view name);

enum class FitMethod {
  kLeastSquares,  ///< Smallest sum of squared differences.
  kRobust,        ///< Smallest sum of absolute differences: a minority of outliers of the
                  ///< reference hardly matters.
};
std::vector<std::string> fit_method_names();
std::string to_string(FitMethod method);
/// @throws Error(kUsage) for an unknown name.
FitMethod parse_fit_method(std::string_view name);

struct DepthAffine {
  double scale = 1;
  double shift = 0;
};

/// Fits a candidate to a reference over the valid pixels of one frame or of many, in constant
/// memory. Not thread-safe.
/// Source: Ranftl et al. 2020, section 5 (least squares); the robust fit is the least absolute
/// deviation, by iteratively reweighted least squares (Schlossmacher 1973).
class DepthFit {
 public:
  /// @param frames how many will be added: the robust fit keeps about half a million pixels of them
  ///        all, evenly spread.
  DepthFit(DepthAlignment alignment, FitMethod method, std::int64_t frames);

  /// With kAffineInverse the candidate is fitted to 1 / reference. REQUIRES: valid references are
  /// then > 0.
  void add(const MapPair& maps);

  /// What cannot be determined stays simple: without a pixel the identity; a candidate that is
  /// constant (or, for kScale, zero) gets scale 0 and the best shift (1 and 0 for kScale).
  [[nodiscard]] DepthAffine solve() const;

 private:
  // Sums of weighted pairs, candidate x and target y.
  struct Moments {
    double weight = 0, x = 0, y = 0, xx = 0, xy = 0;
  };
  [[nodiscard]] DepthAffine solve(const Moments& moments) const;
  [[nodiscard]] DepthAffine refined(DepthAffine affine) const;
  static void add_pair(double x, double y, double weight, Moments& moments);

  DepthAlignment alignment_;
  FitMethod method_;
  std::int64_t frames_;
  double origin_x_ = 0;  // Moments are about the first pair, against cancellation.
  double origin_y_ = 0;
  bool has_origin_ = false;
  std::int64_t seen_ = 0;  // Pixels that the robust fit could have kept.
  Moments moments_;
  std::vector<double> kept_x_;  // Pairs of the robust fit.
  std::vector<double> kept_y_;
};

/// What depth is clipped to.
struct DepthRange {
  double nearest = -std::numeric_limits<double>::infinity();
  double farthest = std::numeric_limits<double>::infinity();
};

/// The candidate as it is compared: as `alignment` says, then clipped to `range`. With
/// kAffineInverse inverse depth that is not positive becomes `farthest`. NaN stays NaN.
/// @param candidate [H, W] float32, contiguous. @return the same shape.
at::Tensor aligned_candidate(const at::Tensor& candidate, DepthAlignment alignment,
                             DepthAffine affine, DepthRange range = {});

}  // namespace rollingdepth
