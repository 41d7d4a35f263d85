#pragma once

#include <ATen/core/Tensor.h>

#include "rollingdepth/clip.hpp"

namespace rollingdepth::live {

/// Which values a display shows as far and as near, followed from map to map: the 2nd and the 98th
/// percentile, each moved a share of the way to that of the newest map. Of metres, inverse depth is
/// what counts. Not thread-safe.
class DisplayRange {
 public:
  /// @param decay share of the range before that stays with every map, in [0, 1); 0 follows at
  ///        once.
  DisplayRange(DepthValues values, double decay) : values_(values), decay_(decay) {}

  /// The next map has a range of its own.
  void begin_anew() { known_ = false; }
  /// Follows `depth` and maps it. @param depth [h, w] float32 on CPU.
  /// @return [h, w] float32: 0 for the far end, 1 for the near one, clamped; 0 where all is equal.
  at::Tensor show(const at::Tensor& depth);

  /// In units of the maps: of inverse depth far() is the smaller, of metres the larger.
  [[nodiscard]] double far() const { return of_nearness(far_); }
  [[nodiscard]] double near() const { return of_nearness(near_); }

 private:
  [[nodiscard]] double of_nearness(double nearness) const;

  DepthValues values_;
  double decay_;
  bool known_ = false;
  double far_ = 0;  // Of what grows towards the camera.
  double near_ = 0;
};

}  // namespace rollingdepth::live
