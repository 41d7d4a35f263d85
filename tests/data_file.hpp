#pragma once

#include <cstdlib>
#include <filesystem>

namespace rollingdepth::testing {

/// A file or folder below tests/data: of the checkout that the test was built in, or of the one
/// that $ROLLINGDEPTH_TEST_DATA names, for a program that was carried to another machine.
inline std::filesystem::path data_file(const std::filesystem::path& relative) {
  const char* const elsewhere = std::getenv("ROLLINGDEPTH_TEST_DATA");
  return std::filesystem::path(elsewhere == nullptr ? ROLLINGDEPTH_TEST_DATA : elsewhere) /
         relative;
}

}  // namespace rollingdepth::testing
