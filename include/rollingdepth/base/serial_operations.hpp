#pragma once

namespace rollingdepth {

/// While it lives, LibTorch's operations run on the calling thread alone. OpenMP's helpers spin for
/// milliseconds after every operation, on a core that other threads have use for: two thirds of an
/// encoder's speed (docs/benchmarks.md). Does nothing where LibTorch has no OpenMP.
class SerialOperations {
 public:
  SerialOperations();
  ~SerialOperations();
  SerialOperations(const SerialOperations&) = delete;
  SerialOperations& operator=(const SerialOperations&) = delete;

 private:
  int threads_;  // Of this thread before.
};

}  // namespace rollingdepth
