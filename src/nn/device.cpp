#include "nn/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <c10/core/DeviceGuard.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#if defined(__linux__) && defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/allowed_cpus.hpp"
#include "base/suggestion.hpp"
#include "nn/cpu/operations.hpp"
#include "nn/cuda_devices.hpp"
#include "nn/out_of_memory.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

#ifdef __GLIBC__
constexpr int kKeptBlockBytes = 1 << 30;  // Larger blocks still go back at once.
constexpr int kTopPadBytes = 64 << 20;
constexpr int kNeverTrim = -1;  // A call of large maps would touch them all anew; stages give back.
#endif

// Whether the processor multiplies bfloat16 itself; elsewhere it is emulated and slow.
bool cpu_has_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#elif defined(__linux__) && defined(__aarch64__) && defined(HWCAP2_BF16)
  return (getauxval(AT_HWCAP2) & HWCAP2_BF16) != 0;
#else
  return false;
#endif
}

c10::Device cuda_device(std::string_view name) {
  int index = 0;
  if (name != "cuda") {
    const std::string_view digits = name.substr(5);
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (failure != std::errc() || end != digits.data() + digits.size() || index < 0) {
      throw Error(ErrorKind::kUsage, "unknown device '" + std::string(name) + "': use cuda:N");
    }
  }
  return require_gpu(static_cast<std::size_t>(index), name);
}

}  // namespace

std::vector<DeviceDescription> list_devices() {
  std::vector<DeviceDescription> devices = list_gpus();
  if (at::hasMPS()) devices.push_back({"mps", "Apple GPU; only where it is asked for"});
  devices.push_back(
      {"cpu", allowed_cpus().text() + (cpu_has_bf16() ? ", computes bf16" : ", no bf16")});
  return devices;
}

c10::Device resolve_device(std::string_view name) {
  // Never MPS, on which wrong results are known: only who asks for it gets it.
  if (name == "auto") return choose_gpu().device.value_or(c10::Device(c10::kCPU));
  if (name == "cpu") return c10::kCPU;
  if (name == "cuda" || name.starts_with("cuda:")) return cuda_device(name);
  if (name == "mps") {
    if (at::hasMPS()) return {c10::kMPS, 0};
    throw Error(ErrorKind::kDevice, "device 'mps' is not available: no Apple GPU here");
  }
  throw Error(ErrorKind::kUsage, "unknown device '" + std::string(name) + "'" +
                                     did_you_mean(name, {"auto", "cpu", "cuda", "mps"}));
}

std::vector<c10::Device> resolve_devices(const std::vector<std::string>& names) {
  std::vector<c10::Device> named;
  for (const std::string& name : names) {
    const std::vector<c10::Device> gpus =
        name == "cuda:all" ? usable_gpus() : std::vector<c10::Device>();
    named.insert(named.end(), gpus.begin(), gpus.end());
    // Without a GPU it says why there is none.
    if (gpus.empty()) named.push_back(resolve_device(name == "cuda:all" ? "cuda" : name));
  }
  std::vector<c10::Device> devices;
  for (const c10::Device device : named) {
    if (std::find(devices.begin(), devices.end(), device) == devices.end()) {
      devices.push_back(device);
    }
  }
  for (const c10::Device device : devices) {
    if (device == devices.front()) continue;
    if (device.is_cuda() && gpu_name(device) == gpu_name(devices.front())) continue;
    throw Error(ErrorKind::kUsage,
                "--device: only GPUs of one model share the work of a clip, not '" +
                    devices.front().str() + "' and '" + device.str() +
                    "': they would compute other bytes");
  }
  return devices;
}

std::string why_no_gpu() { return choose_gpu().why_not; }

c10::ScalarType resolve_dtype(std::string_view name, c10::Device device) {
  if (name == "fp32") return at::kFloat;
  if (name == "fp16") return at::kHalf;
  if (name == "bf16") return at::kBFloat16;
  if (name == "auto") {
    if (!device.is_cpu()) return at::kHalf;
    return cpu_has_bf16() ? at::kBFloat16 : at::kFloat;
  }
  throw Error(ErrorKind::kUsage, "unknown dtype '" + std::string(name) + "'" +
                                     did_you_mean(name, {"auto", "fp32", "fp16", "bf16"}));
}

std::string dtype_name(c10::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat:
      return "fp32";
    case at::kHalf:
      return "fp16";
    case at::kBFloat16:
      return "bf16";
    default:
      return c10::toString(dtype);
  }
}

std::string kernels_of(c10::Device device, c10::ScalarType dtype) {
  return device.is_cpu() ? cpu::kernel_names(dtype) : gpu_name(device);
}

void keep_freed_memory() {
#ifdef __GLIBC__
  // Older ones refuse it above 32 MiB; the other two would freeze it at 128 KiB there, and every
  // tensor would come from the system and go back to it.
  if (mallopt(M_MMAP_THRESHOLD, kKeptBlockBytes) == 0) return;
  mallopt(M_TRIM_THRESHOLD, kNeverTrim);
  mallopt(M_TOP_PAD, kTopPadBytes);
#endif
}

void give_back_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

bool still_computes(c10::Device device) try {
  if (device.is_cpu()) return true;
  const c10::DeviceGuard guard(device);
  return at::ones({1}, at::TensorOptions(at::kFloat).device(device)).sum().item<float>() == 1;
} catch (const std::exception& error) {
  return out_of_memory(error) != OutOfMemory::kNo;
}

at::Tensor on_device(const at::Tensor& bytes, c10::Device device) {
  if (!device.is_cuda()) return bytes;
  const c10::DeviceGuard guard(device);  // Pinned memory belongs to the current GPU.
  return bytes.pin_memory().to(device, /*non_blocking=*/true);
}

void allow_tf32(bool allowed) {
  at::Context& context = at::globalContext();
  context.setAllowTF32CuDNN(allowed);
  context.setAllowTF32CuBLAS(allowed);
}

int set_threads(int threads) {
  if (threads < 0 || threads > kMaxThreads) {
    throw Error(ErrorKind::kUsage, "threads must be 0 to " + std::to_string(kMaxThreads) +
                                       ", not " + std::to_string(threads));
  }
  at::set_num_threads(threads == 0 ? allowed_cpus().threads() : threads);
  return at::get_num_threads();
}

}  // namespace rollingdepth
