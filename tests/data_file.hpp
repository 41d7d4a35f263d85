#pragma once

#include <cstdlib>
#include <filesystem>

namespace rollingdepth::testing {

/// `relative` below the folder that the environment's `variable` names, or else below `built_in`: a
/// test program may be carried to another machine.
inline std::filesystem::path file_below(const char* variable, const char* built_in,
                                        const std::filesystem::path& relative) {
  const char* const elsewhere = std::getenv(variable);
  return std::filesystem::path(elsewhere == nullptr ? built_in : elsewhere) / relative;
}

/// A file or folder of those that tests/data holds packed; the build unpacks them.
inline std::filesystem::path data_file(const std::filesystem::path& relative) {
  return file_below("ROLLINGDEPTH_TEST_DATA", ROLLINGDEPTH_TEST_DATA, relative);
}

/// A file or folder of the checkout as it is.
inline std::filesystem::path checkout_file(const std::filesystem::path& relative) {
  return file_below("ROLLINGDEPTH_TEST_CHECKOUT", ROLLINGDEPTH_TEST_CHECKOUT, relative);
}

}  // namespace rollingdepth::testing
