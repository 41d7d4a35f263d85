#pragma once

namespace rollingdepth {

/// Of the program.
enum ExitCode {
  kDone = 0,
  kFailure = 1,
  kWrongUsage = 2,
  kSomeFailed = 3,
  kBoundBroken = 4,
  kUnfinished = 75,
  kInterrupted = 130
};

}  // namespace rollingdepth
