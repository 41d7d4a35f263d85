#pragma once

#include <ATen/ATen.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>

#include "nn/batch_sizes.hpp"

namespace rollingdepth::testing {

/// While it lives, about `left_bytes` of a device's memory can still be had. On a GPU it takes the
/// rest itself; on the CPU it bounds what this process may address.
class ScarceMemory {
 public:
  ScarceMemory(c10::Device device, std::uint64_t left_bytes) {
    if (const auto free_bytes = free_gpu_memory_bytes(device)) {
      const std::uint64_t taken = *free_bytes > left_bytes ? *free_bytes - left_bytes : 0;
      taken_ = at::empty({static_cast<std::int64_t>(taken)}, at::device(device).dtype(at::kByte));
      return;
    }
    getrlimit(RLIMIT_AS, &before_);
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlimit limited{pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + left_bytes,
                         before_.rlim_max};
    setrlimit(RLIMIT_AS, &limited);
    limited_ = true;
  }
  ~ScarceMemory() {
    if (limited_) setrlimit(RLIMIT_AS, &before_);
  }
  ScarceMemory(const ScarceMemory&) = delete;
  ScarceMemory& operator=(const ScarceMemory&) = delete;

 private:
  at::Tensor taken_;
  rlimit before_{};
  bool limited_ = false;
};

}  // namespace rollingdepth::testing
