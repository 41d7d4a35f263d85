#pragma once

#include <cstddef>

#include "app/exit_code.hpp"

namespace rollingdepth {

/// What became of the inputs of a run.
struct Tally {
  std::size_t done = 0;
  std::size_t skipped = 0;
  std::size_t failed = 0;
  std::size_t failed_for_now = 0;  ///< Of the failed: for want of disk or memory.
  std::size_t unfinished = 0;      ///< The same command goes on with them, or begins them.

  [[nodiscard]] std::size_t all() const { return done + skipped + failed + unfinished; }
  [[nodiscard]] int exit_code() const {
    if (unfinished > 0 && failed == failed_for_now) return kUnfinished;
    if (failed == 0) return kDone;
    return failed == all() ? kFailure : kSomeFailed;
  }
};

}  // namespace rollingdepth
