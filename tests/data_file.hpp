#pragma once

#include <filesystem>

namespace rollingdepth::testing {

/// A file or folder below tests/data.
inline std::filesystem::path data_file(const std::filesystem::path& relative) {
  return std::filesystem::path(ROLLINGDEPTH_TEST_DATA) / relative;
}

}  // namespace rollingdepth::testing
