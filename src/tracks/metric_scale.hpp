#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rollingdepth {

/// Makes inverse metres of inverse depth: `1 / z = scale * inverse + shift`.
struct InverseScale {
  double scale = 1;
  double shift = 0;
  /// @return metres; NaN where that would be beyond infinity, and for NaN.
  [[nodiscard]] double metres(double inverse) const;
};

/// A distance that somebody has measured, along the optical axis.
struct KnownDistance {
  std::int64_t frame = 0;
  double x_px = 0;
  double y_px = 0;
  double metres = 0;  ///< > 0.
  /// As the option has it: "12,320.5,80,3.5".
  [[nodiscard]] std::string text() const;
};

/// What known distances say together.
struct KnownFit {
  InverseScale scale;
  std::vector<double> metres;  ///< What it gives for each of them; NaN: none.
  /// The largest relative difference from what was measured; infinite where there is none.
  double largest_residual = 0;
};

/// The nearest value of a clip is `near`, the farthest `far`.
/// @throws Error(kInput) for a clip whose values are all the same.
InverseScale scale_between(double smallest_inverse, double largest_inverse, double near,
                           double far);

/// Least squares in inverse depth. @param inverse of the clip where each distance was measured.
/// REQUIRES: as many of one as of the other, at least two; all finite.
/// @throws Error(kInput) where the inverse depths are all the same, and where what is nearer in the
///         clip is said to be farther.
KnownFit fit_known_distances(const std::vector<KnownDistance>& known,
                             const std::vector<double>& inverse);

}  // namespace rollingdepth
