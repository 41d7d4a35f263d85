#pragma once

#include <cstdint>
#include <optional>

namespace rollingdepth {

/// Memory of this process that lies in RAM now; nothing where the system does not say.
std::optional<std::int64_t> resident_bytes();

}  // namespace rollingdepth
