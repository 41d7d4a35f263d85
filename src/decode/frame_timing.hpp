#pragma once

#include <cstdint>
#include <vector>

namespace rollingdepth {

/// Whether times are equally spaced, up to the rounding of a constant rate to whole ticks.
/// @param times in ticks, in any order. Fewer than three are always equally spaced.
bool equally_spaced(std::vector<std::int64_t> times);

}  // namespace rollingdepth
