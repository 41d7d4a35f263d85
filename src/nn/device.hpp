#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

struct DeviceDescription {
  std::string name;    ///< As `--device` takes it: cpu, cuda:0, mps.
  std::string detail;  ///< Model and memory, for people; why it cannot be used.
};

/// Every device here, also NVIDIA GPUs that cannot be used; opens libtorch_cuda.so where there is a
/// GPU for it, and runs a small convolution on each.
std::vector<DeviceDescription> list_devices();

/// auto, cpu, cuda, cuda:N or mps. `auto` takes the first NVIDIA GPU on which a small convolution
/// succeeds, else the CPU. Opens libtorch_cuda.so at run time where there is a GPU for it: must run
/// before anything else asks LibTorch about CUDA.
/// @throws Error(kUsage) for another word, Error(kDevice) saying why a device cannot be used.
c10::Device resolve_device(std::string_view name);

/// The devices that share the work of a clip, each once: one of any kind, or several GPUs;
/// `cuda:all` is every NVIDIA GPU that can be used.
/// @throws as resolve_device(); Error(kUsage) for several that are not all GPUs.
std::vector<c10::Device> resolve_devices(const std::vector<std::string>& names);

/// Why `auto` takes no GPU though there is one; empty where it takes one or there is none.
std::string why_no_gpu();

/// auto, fp32, fp16 or bf16. auto: fp16 on CUDA and MPS; on CPU bf16 where the processor computes
/// it, else fp32. @throws Error(kUsage) for another word.
c10::ScalarType resolve_dtype(std::string_view name, c10::Device device);

/// fp32, fp16, bf16.
std::string dtype_name(c10::ScalarType dtype);

/// What computes on `device`, as far as it moves a bit of a result: the instructions of a
/// processor, "avx512_bf16"; the name and architecture of an NVIDIA GPU; empty for others.
std::string kernels_of(c10::Device device, c10::ScalarType dtype);

/// Whether CUDA may round what it multiplies in float32 to the 10 bits of TF32's mantissa: LibTorch
/// lets convolutions do so, unless told not to. For the whole process.
void allow_tf32(bool allowed);

/// Whether a device still computes: after some failures of a GPU, such as an access to memory that
/// is not there, it does not until the process ends.
bool still_computes(c10::Device device);

/// A picture of bytes where it is resampled: on CUDA, where that is faster and a byte a value
/// travels; else where it is.
at::Tensor on_device(const at::Tensor& bytes, c10::Device device);

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
