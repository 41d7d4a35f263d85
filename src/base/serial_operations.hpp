#pragma once

namespace rollingdepth {

/// While it lives, operations that LibTorch spreads with OpenMP run on the calling thread alone,
/// the one that must also end it. OpenMP's helpers spin for milliseconds after every operation, on
/// a core that other threads have use for: two thirds of an encoder's speed (docs/benchmarks.md).
/// Does nothing where LibTorch has no OpenMP.
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
