#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace rollingdepth::testing {

/// Prints one line for docs/parity.md and checks `value` against `bound`.
inline void expect_parity(const std::string& stage, const std::string& which, double value,
                          double bound) {
  std::printf("[  PARITY  ] %s | %s | %.2g | %g\n", stage.c_str(), which.c_str(), value, bound);
  EXPECT_LE(value, bound) << stage << " of " << which;
}

}  // namespace rollingdepth::testing
