#include "nn/cuda_devices.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/ones.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <dlfcn.h>

#include <array>
#include <filesystem>
#include <string_view>

#include "nn/cuda_facts.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// The driver's C interface, which needs no CUDA headers. Every function returns 0 where it
// succeeds.
class Driver {
 public:
  Driver() : library_(dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL)) {}
  [[nodiscard]] bool found() const { return library_ != nullptr; }

  /// Calls `name` with `arguments`; not 0 where there is no such function.
  template <class... Arguments>
  int call(const char* name, Arguments... arguments) const {
    constexpr int kNoSuchFunction = -1;
    const auto function = reinterpret_cast<int (*)(Arguments...)>(dlsym(library_, name));
    return function == nullptr ? kNoSuchFunction : function(arguments...);
  }

  [[nodiscard]] std::string error_text(int code) const {
    const char* text = nullptr;
    if (call("cuGetErrorString", code, &text) == 0 && text != nullptr) return text;
    return "error " + std::to_string(code);
  }

  [[nodiscard]] GpuFacts gpu(int index) const {
    constexpr int kCapabilityMajor = 75, kCapabilityMinor = 76;  // Of CUdevice_attribute.
    GpuFacts facts;
    int device = 0;
    if (call("cuDeviceGet", &device, index) != 0) return facts;
    std::array<char, 256> name{};
    if (call("cuDeviceGetName", name.data(), static_cast<int>(name.size()), device) == 0) {
      facts.name = name.data();
    }
    std::size_t bytes = 0;
    if (call("cuDeviceTotalMem_v2", &bytes, device) == 0) facts.memory_bytes = bytes;
    int major = 0, minor = 0;
    if (call("cuDeviceGetAttribute", &major, kCapabilityMajor, device) == 0 &&
        call("cuDeviceGetAttribute", &minor, kCapabilityMinor, device) == 0) {
      facts.capability_major = major;
      facts.capability_minor = minor;
    }
    return facts;
  }

 private:
  void* library_;  // Stays open: LibTorch finds the driver's functions in it.
};

CudaFacts ask_driver() {
  CudaFacts facts;
  const Driver driver;
  facts.driver_found = driver.found();
  if (!facts.driver_found) return facts;
  constexpr int kNoDevice = 100;  // Of CUresult.
  const int started = driver.call("cuInit", 0U);
  if (started == kNoDevice) return facts;
  if (started != 0) {
    facts.driver_problem = driver.error_text(started);
    return facts;
  }
  driver.call("cuDriverGetVersion", &facts.driver_version);
  int count = 0;
  if (driver.call("cuDeviceGetCount", &count) != 0) count = 0;
  for (int i = 0; i < count; ++i) facts.gpus.push_back(driver.gpu(i));
  return facts;
}

// The folder of libtorch_cpu, found through the address of one of its functions.
fs::path torch_library_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&at::get_num_threads), &info) == 0) return {};
  return fs::path(info.dli_fname).parent_path();
}

// LibTorch caches at first use whether CUDA is there, so the library is opened before any question.
void ask_torch(CudaFacts& facts) {
  const fs::path library = torch_library_folder() / "libtorch_cuda.so";
  if (!fs::exists(library)) {
    facts.library_problem = "this LibTorch was built without CUDA";
  } else if (dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    const char* const why = dlerror();
    facts.library_problem = std::string("libtorch_cuda.so cannot be opened (") + (why ? why : "?") +
                            "); scripts/setup --cuda fetches what it needs";
  } else if (!at::hasCUDA()) {
    facts.library_problem = "LibTorch does not see CUDA";
  } else {
    facts.cuda_version = static_cast<int>(at::detail::getCUDAHooks().versionCUDART());
    facts.torch_gpus = at::getNumGPUs();
  }
}

CudaFacts ask_all() {
  CudaFacts facts = ask_driver();
  // Opening the library takes a second and a gigabyte: not for GPUs that it does not serve.
  for (std::size_t i = 0; i < facts.gpus.size(); ++i) {
    if (!why_unusable(facts, i).empty()) continue;
    ask_torch(facts);
    break;
  }
  return facts;
}

const CudaFacts& cuda_facts() {
  static const CudaFacts facts = ask_all();
  return facts;
}

c10::Device gpu_device(std::size_t index) {
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

std::string why_unusable_or_failing(std::size_t index) {
  std::string why = why_unusable(cuda_facts(), index);
  return why.empty() ? convolution_problem(gpu_device(index)) : why;
}

GpuChoice find_gpu() {
  GpuChoice choice;
  if (!suggest_gpu(cuda_facts())) return choice;
  choice.why_not = why_unusable_or_failing(0);
  if (choice.why_not.empty()) {
    choice.device = gpu_device(0);
    return choice;
  }
  for (std::size_t i = 1; i < cuda_facts().gpus.size(); ++i) {
    if (!why_unusable_or_failing(i).empty()) continue;
    return {gpu_device(i), ""};
  }
  return choice;
}

// Ones convolved with ones: every value is the number of products, exact in float16 too.
std::string convolution_problem(c10::Device device, c10::ScalarType dtype) {
  constexpr std::int64_t kChannels = 8, kSide = 8, kKernel = 3;
  const auto options = at::TensorOptions(dtype).device(device);
  const at::Tensor sums = at::conv2d(at::ones({1, kChannels, kSide, kSide}, options),
                                     at::ones({kChannels, kChannels, kKernel, kKernel}, options));
  if (sums.cpu().eq(kChannels * kKernel * kKernel).all().item<bool>()) return "";
  return "a small convolution on it gives wrong values in " + dtype_name(dtype);
}

}  // namespace

std::string convolution_problem(c10::Device device) {
  try {
    const c10::DeviceGuard guard(device);
    const c10::InferenceMode inference;
    std::string problem = convolution_problem(device, at::kHalf);
    return problem.empty() ? convolution_problem(device, at::kFloat) : problem;
  } catch (const std::exception& error) {
    return "a small convolution on it failed: " + describe(error);
  }
}

std::vector<DeviceDescription> list_gpus() {
  const CudaFacts& facts = cuda_facts();
  std::vector<DeviceDescription> devices;
  for (std::size_t i = 0; i < facts.gpus.size(); ++i) {
    const GpuFacts& gpu = facts.gpus[i];
    std::string detail = gpu.name;
    if (gpu.memory_bytes > 0) detail += ", " + std::to_string(gpu.memory_bytes >> 30) + " GB";
    if (const std::string why = why_unusable_or_failing(i); !why.empty()) {
      detail += "; not used: " + why;
    }
    devices.push_back({gpu_device(i).str(), detail});
  }
  if (devices.empty() && suggest_gpu(facts)) {
    devices.push_back({"cuda", "not used: " + why_unusable(facts, 0)});
  }
  return devices;
}

c10::Device require_gpu(std::size_t index, std::string_view asked) {
  const std::string why = why_unusable_or_failing(index);
  if (why.empty()) return gpu_device(index);
  throw Error(ErrorKind::kDevice, "device '" + std::string(asked) + "' is not available: " + why);
}

std::vector<c10::Device> usable_gpus() {
  std::vector<c10::Device> devices;
  for (std::size_t i = 0; i < cuda_facts().gpus.size(); ++i) {
    if (why_unusable_or_failing(i).empty()) devices.push_back(gpu_device(i));
  }
  return devices;
}

const GpuChoice& choose_gpu() {
  static const GpuChoice choice = find_gpu();
  return choice;
}

namespace {

const GpuFacts* facts_of(c10::Device device) {
  if (!device.is_cuda()) return nullptr;
  const auto index = static_cast<std::size_t>(device.has_index() ? device.index() : 0);
  const CudaFacts& facts = cuda_facts();
  return index < facts.gpus.size() ? &facts.gpus[index] : nullptr;
}

}  // namespace

std::string gpu_architecture(c10::Device device) {
  const GpuFacts* const gpu = facts_of(device);
  return gpu != nullptr ? architecture(*gpu) : "";
}

std::string gpu_name(c10::Device device) {
  const GpuFacts* const gpu = facts_of(device);
  if (gpu == nullptr) return "";
  const std::string built = architecture(*gpu);
  return built.empty() ? gpu->name : gpu->name + " (" + built + ")";
}

}  // namespace rollingdepth
