#pragma once

#include <cstdint>
#include <vector>

namespace rollingdepth {

/// Where shots of a clip begin, but for the first, which begins with frame 0: each larger than the
/// one before, all >= 1 and below the number of frames.
using Cuts = std::vector<std::int64_t>;

}  // namespace rollingdepth
