#pragma once

#include <cstdint>

namespace rollingdepth {

/// Float values of a picture that do not fit into 8 bits.
struct OutOfRange {
  std::int64_t above_one = 0;   ///< Values above 1, infinity among them: clipped.
  std::int64_t no_numbers = 0;  ///< Values that are not numbers: read as 0.
  std::int64_t values = 0;      ///< All that were looked at.
};

/// The sRGB level, 0 to 255, of linear light; 0 below 0. Within 0.04 levels of the exact curve
/// before it is rounded. Counts into `counts`.
std::uint8_t srgb_level(float linear, OutOfRange& counts);

}  // namespace rollingdepth
