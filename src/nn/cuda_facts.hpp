#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollingdepth {

/// What the driver says of one NVIDIA GPU.
struct GpuFacts {
  std::string name = "NVIDIA GPU";
  std::uint64_t memory_bytes = 0;
  int capability_major = 0;  ///< Compute capability; 0.0 where the driver does not say.
  int capability_minor = 0;
};

/// CUDA that the LibTorch pinned by scripts/setup is built for: 13.0, as CUDA writes versions.
inline constexpr int kPinnedCudaVersion = 13000;

/// What is known of CUDA on this machine, in the order in which it is asked: what makes a question
/// pointless leaves the later ones unasked, at their defaults.
struct CudaFacts {
  bool driver_found = false;    ///< libcuda.so.1 can be opened.
  std::string driver_problem;   ///< Why it does not start; empty.
  int driver_version = 0;       ///< The newest CUDA that it serves, such as 12040 for 12.4.
  std::vector<GpuFacts> gpus;   ///< In the driver's order, which CUDA_VISIBLE_DEVICES may change.
  std::string library_problem;  ///< Why libtorch_cuda.so cannot be used; empty.
  int cuda_version = kPinnedCudaVersion;  ///< That LibTorch is built for.
  std::optional<std::size_t> torch_gpus;  ///< How many of them LibTorch sees; unset: not asked.
};

/// Whether there is an NVIDIA GPU, or a driver that fails to tell: what a person would wonder about
/// if it were not used.
bool suggest_gpu(const CudaFacts& facts);

/// Why GPU `index` cannot be used, as the end of a sentence; empty where nothing speaks against it,
/// and a computation has to show the rest.
std::string why_unusable(const CudaFacts& facts, std::size_t index);

/// "sm_75"; empty where the capability is not known.
std::string architecture(const GpuFacts& gpu);

}  // namespace rollingdepth
