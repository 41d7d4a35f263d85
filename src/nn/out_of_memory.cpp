#include "nn/out_of_memory.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

namespace rollingdepth {
namespace {

// CUDA's allocator and runtime, MPS's and the processor's allocator ("can't allocate memory"),
// cuBLAS, cuDNN 8 and 9, oneDNN.
constexpr std::array<std::string_view, 6> kSure = {
    "out of memory",        "allocate memory",   "bad_alloc",
    "_STATUS_ALLOC_FAILED", "ALLOCATION_FAILED", "could not create a memory"};

// cuDNN passes over every kernel whose workspace cannot be had, and then has found none, as on a
// GPU that it has no kernel for; a handle that finds no memory is said not to be initialized.
constexpr std::array<std::string_view, 5> kPerhaps = {
    "unable to find an engine to execute this computation",
    "Unable to find a valid cuDNN algorithm", "no valid convolution algorithms available in CuDNN",
    "CUBLAS_STATUS_NOT_INITIALIZED", "CUDNN_STATUS_NOT_INITIALIZED"};

template <std::size_t Count>
bool holds_any(std::string_view text, const std::array<std::string_view, Count>& phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [text](std::string_view phrase) {
    return text.find(phrase) != std::string_view::npos;
  });
}

}  // namespace

OutOfMemory out_of_memory(const std::exception& error) {
  // From inside TorchScript everything comes as a plain std::runtime_error.
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return OutOfMemory::kYes;
  const std::string_view text = error.what();
  if (holds_any(text, kSure)) return OutOfMemory::kYes;
  const OutOfMemory own = holds_any(text, kPerhaps) ? OutOfMemory::kPerhaps : OutOfMemory::kNo;
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& inner) {
    return std::max(own, out_of_memory(inner));
  }
  return own;
}

std::string out_of_memory_text(OutOfMemory verdict, const std::string& device,
                               const std::string& architecture) {
  if (verdict == OutOfMemory::kYes) return "out of memory on " + device;
  const std::string name = architecture.empty() ? "" : " (" + architecture + ")";
  return "out of memory, or this GPU" + name + " is not supported by this LibTorch: " + device;
}

}  // namespace rollingdepth
