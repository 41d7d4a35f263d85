#include "nn/cuda_facts.hpp"

namespace rollingdepth {
namespace {

// Compute capability times ten: CUDA 13 compiles for Turing and later, CUDA 12 for Maxwell.
int smallest_capability(int cuda_version) { return cuda_version >= 13000 ? 75 : 50; }

// "13.0" of 13000.
std::string cuda_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// "7.5" of 75.
std::string capability_text(int capability) {
  return std::to_string(capability / 10) + "." + std::to_string(capability % 10);
}

int capability_of(const GpuFacts& gpu) { return 10 * gpu.capability_major + gpu.capability_minor; }

// Every driver for a major version of CUDA serves all of its minor versions.
std::string driver_too_old(const CudaFacts& facts) {
  const int needed = facts.cuda_version / 1000 * 1000;
  if (facts.driver_version >= needed) return "";
  return "the NVIDIA driver is too old: it serves CUDA " + cuda_text(facts.driver_version) +
         ", and this LibTorch needs one for CUDA " + cuda_text(needed) +
         (needed == 13000 ? " (580 or newer)" : "");
}

}  // namespace

bool suggest_gpu(const CudaFacts& facts) {
  return facts.driver_found && (!facts.gpus.empty() || !facts.driver_problem.empty());
}

std::string why_unusable(const CudaFacts& facts, std::size_t index) {
  if (!facts.driver_found) return "no NVIDIA driver (libcuda.so.1) on this machine";
  if (!facts.driver_problem.empty()) {
    return "the NVIDIA driver does not start: " + facts.driver_problem;
  }
  if (facts.gpus.empty()) return "the NVIDIA driver reports no GPU";
  if (index >= facts.gpus.size()) {
    return facts.gpus.size() == 1 ? "there is 1 GPU, cuda:0"
                                  : "there are " + std::to_string(facts.gpus.size()) + " GPUs";
  }
  if (std::string why = driver_too_old(facts); !why.empty()) return why;
  const GpuFacts& gpu = facts.gpus[index];
  const int needed = smallest_capability(facts.cuda_version);
  if (capability_of(gpu) != 0 && capability_of(gpu) < needed) {
    return gpu.name + " has compute capability " + capability_text(capability_of(gpu)) +
           ", and this LibTorch needs " + capability_text(needed) + " or higher";
  }
  if (!facts.library_problem.empty()) return facts.library_problem;
  if (facts.torch_gpus && index >= *facts.torch_gpus) {
    return "LibTorch sees " + std::to_string(*facts.torch_gpus) + " of " +
           std::to_string(facts.gpus.size()) + " GPUs";
  }
  return "";
}

std::string architecture(const GpuFacts& gpu) {
  return capability_of(gpu) == 0 ? "" : "sm_" + std::to_string(capability_of(gpu));
}

}  // namespace rollingdepth
