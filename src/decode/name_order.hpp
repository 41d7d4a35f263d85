#pragma once

#include <filesystem>

namespace rollingdepth {

/// Orders names as people count: frame9.png before frame10.png.
bool counts_before(const std::filesystem::path& left, const std::filesystem::path& right);

}  // namespace rollingdepth
