#include "rollingdepth/infer/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#if defined(__linux__) && defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include "../base/allowed_cpus.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/base/suggestion.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

#ifdef __GLIBC__
constexpr int kKeptBlockBytes = 1 << 30;  // Larger ones still go back at once.
constexpr int kTopPadBytes = 64 << 20;
#endif

// The folder of libtorch_cpu, found through the address of one of its functions.
fs::path torch_library_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&at::get_num_threads), &info) == 0) return {};
  return fs::path(info.dli_fname).parent_path();
}

bool cuda_driver_present() {
  static void* const driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
  return driver != nullptr;
}

struct CudaState {
  bool available = false;
  std::string reason;  ///< Why not.
};

// LibTorch caches at first use whether CUDA is there, so the library is opened before any question.
CudaState open_cuda() {
  if (!cuda_driver_present()) return {false, "no NVIDIA driver (libcuda.so.1) on this machine"};
  const fs::path library = torch_library_folder() / "libtorch_cuda.so";
  if (!fs::exists(library)) return {false, "this LibTorch was built without CUDA"};
  if (dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    const char* const why = dlerror();
    return {false, std::string("libtorch_cuda.so cannot be opened (") + (why ? why : "?") +
                       "); scripts/setup --cuda fetches what it needs"};
  }
  if (!at::hasCUDA()) return {false, "LibTorch does not see CUDA"};
  if (at::getNumGPUs() == 0) return {false, "the NVIDIA driver reports no GPU"};
  return {true, ""};
}

const CudaState& cuda_state() {
  static const CudaState state = open_cuda();
  return state;
}

// Name and memory through the driver's C interface, which needs no CUDA headers.
std::string cuda_detail(int index) {
  void* const driver = dlopen("libcuda.so.1", RTLD_NOW);
  const auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto get = reinterpret_cast<int (*)(int*, int)>(dlsym(driver, "cuDeviceGet"));
  const auto name = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetName"));
  const auto memory =
      reinterpret_cast<int (*)(std::size_t*, int)>(dlsym(driver, "cuDeviceTotalMem_v2"));
  int device = 0;
  std::array<char, 256> text{};
  std::size_t bytes = 0;
  if (!init || !get || !name || !memory || init(0) != 0 || get(&device, index) != 0 ||
      name(text.data(), static_cast<int>(text.size()), device) != 0 ||
      memory(&bytes, device) != 0) {
    return "NVIDIA GPU";
  }
  return std::string(text.data()) + ", " + std::to_string(bytes >> 30) + " GB";
}

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
  if (!cuda_state().available) {
    throw Error(ErrorKind::kDevice,
                "device '" + std::string(name) + "' is not available: " + cuda_state().reason);
  }
  if (index >= static_cast<int>(at::getNumGPUs())) {
    throw Error(ErrorKind::kDevice, "device '" + std::string(name) + "' is not available: " +
                                        std::to_string(at::getNumGPUs()) + " GPUs found");
  }
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

}  // namespace

std::vector<DeviceDescription> list_devices() {
  std::vector<DeviceDescription> devices;
  if (cuda_state().available) {
    for (int i = 0; i < static_cast<int>(at::getNumGPUs()); ++i) {
      devices.push_back({"cuda:" + std::to_string(i), cuda_detail(i)});
    }
  }
  if (at::hasMPS()) devices.push_back({"mps", "Apple GPU"});
  devices.push_back(
      {"cpu", allowed_cpus().text() + (cpu_has_bf16() ? ", computes bf16" : ", no bf16")});
  return devices;
}

c10::Device resolve_device(std::string_view name) {
  if (name == "auto") {
    if (cuda_driver_present() && cuda_state().available) return {c10::kCUDA, 0};
    if (at::hasMPS()) return {c10::kMPS, 0};
    return c10::kCPU;
  }
  if (name == "cpu") return c10::kCPU;
  if (name == "cuda" || name.starts_with("cuda:")) return cuda_device(name);
  if (name == "mps") {
    if (at::hasMPS()) return {c10::kMPS, 0};
    throw Error(ErrorKind::kDevice, "device 'mps' is not available: no Apple GPU here");
  }
  throw Error(ErrorKind::kUsage, "unknown device '" + std::string(name) + "'" +
                                     did_you_mean(name, {"auto", "cpu", "cuda", "mps"}));
}

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

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, kKeptBlockBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBlockBytes);
  mallopt(M_TOP_PAD, kTopPadBytes);
#endif
}

void give_back_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
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
