#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

struct DeviceDescription {
  std::string name;    ///< As `--device` takes it: cpu, cuda:0, mps.
  std::string detail;  ///< Model and memory, for people.
};

/// Every device that can be used here; opens libtorch_cuda.so where a driver is present.
std::vector<DeviceDescription> list_devices();

/// auto, cpu, cuda, cuda:N or mps. Opens libtorch_cuda.so at run time when CUDA is asked for, or
/// with `auto` when a driver is present: must run before anything else asks LibTorch about CUDA.
/// @throws Error(kUsage) for another word, Error(kDevice) for a device that is not there.
c10::Device resolve_device(std::string_view name);

/// auto, fp32, fp16 or bf16. auto: fp16 on CUDA and MPS; on CPU bf16 where the processor computes
/// it, else fp32. @throws Error(kUsage) for another word.
c10::ScalarType resolve_dtype(std::string_view name, c10::Device device);

/// fp32, fp16, bf16.
std::string dtype_name(c10::ScalarType dtype);

/// More threads than any machine has use for.
inline constexpr int kMaxThreads = 1024;

/// Lets the allocator keep what the networks have freed, instead of giving every large block back
/// to the system, which has to clear it each time: 1.2 to 1.3 times faster convolutions in float32
/// (docs/benchmarks.md). For the whole process; only where the C library is glibc.
void keep_freed_memory();
/// Gives it back now: between stages, which need blocks of other sizes.
void give_back_freed_memory();

/// Sets the threads that LibTorch uses inside an operation; 0 takes one per physical core that this
/// process may use, and no more than a CPU quota of its control groups keeps busy.
/// @return the number in effect.
int set_threads(int threads);

}  // namespace rollingdepth
