#pragma once

namespace rollingdepth {

/// While it lives, operations of the calling thread, the one that must also end it, are spread by
/// LibTorch with OpenMP over so many threads. OpenMP's helpers of several threads wait for each
/// other after every operation, on cores that other threads have use for: two thirds of an
/// encoder's speed (docs/benchmarks.md). Does nothing where LibTorch has no OpenMP.
class OperationThreads {
 public:
  /// @param threads >= 1; 1 keeps all on the calling thread.
  explicit OperationThreads(int threads);
  ~OperationThreads();
  OperationThreads(const OperationThreads&) = delete;
  OperationThreads& operator=(const OperationThreads&) = delete;

 private:
  int before_;
};

}  // namespace rollingdepth
