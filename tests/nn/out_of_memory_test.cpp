#include "nn/out_of_memory.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <new>
#include <stdexcept>

namespace rollingdepth {
namespace {

OutOfMemory verdict(const char* text) { return out_of_memory(std::runtime_error(text)); }

// As the libraries say it, without the numbers of the day.
TEST(OutOfMemory, IsSeenInWhatAllocatorsSay) {
  for (const char* text :
       {"CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB",
        "CUDA error: out of memory\nSearch for `cudaErrorMemoryAllocation' in NVIDIA's manual",
        "MPS backend out of memory (MPS allocated: 8.00 GB, other allocations: 1.00 GB)",
        "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 9663676416 bytes.",
        "could not create a memory object"}) {
    EXPECT_EQ(verdict(text), OutOfMemory::kYes) << text;
  }
  EXPECT_EQ(out_of_memory(std::bad_alloc()), OutOfMemory::kYes);
}

TEST(OutOfMemory, IsSeenInWhatCudaLibrariesSay) {
  for (const char* text :
       {"CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"}) {
    EXPECT_EQ(verdict(text), OutOfMemory::kYes) << text;
  }
}

TEST(OutOfMemory, IsPossibleWhereNoKernelWasFound) {
  for (const char* text :
       {"The following operation failed in the TorchScript interpreter.\nRuntimeError: FIND was "
        "unable to find an engine to execute this computation",
        "GET was unable to find an engine to execute this computation",
        "Unable to find a valid cuDNN algorithm to run convolution",
        "no valid convolution algorithms available in CuDNN",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"}) {
    EXPECT_EQ(verdict(text), OutOfMemory::kPerhaps) << text;
  }
}

TEST(OutOfMemory, IsNotSeenInOtherErrors) {
  for (const char* text :
       {"CUDA error: no kernel image is available for execution on the device",
        "CUDA error: an illegal memory access was encountered",
        "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(...)`",
        "Expected all tensors to be on the same device", ""}) {
    EXPECT_EQ(verdict(text), OutOfMemory::kNo) << text;
  }
}

TEST(OutOfMemory, IsSeenInWhatIsNested) {
  const auto nested = [](const std::exception& cause) {
    try {
      try {
        throw std::runtime_error(cause.what());
      } catch (...) {
        std::throw_with_nested(std::runtime_error("the decoder failed"));
      }
    } catch (const std::exception& error) {
      return out_of_memory(error);
    }
    return OutOfMemory::kNo;
  };
  EXPECT_EQ(nested(std::runtime_error("CUDA out of memory")), OutOfMemory::kYes);
  EXPECT_EQ(nested(std::runtime_error("CUDNN_STATUS_NOT_INITIALIZED")), OutOfMemory::kPerhaps);
  EXPECT_EQ(nested(std::runtime_error("the moon is full")), OutOfMemory::kNo);
}

TEST(OutOfMemory, NamesTheGpuWhereItMayBeAtFault) {
  EXPECT_EQ(out_of_memory_text(OutOfMemory::kYes, "cuda:0", "sm_61"), "out of memory on cuda:0");
  EXPECT_EQ(out_of_memory_text(OutOfMemory::kPerhaps, "cuda:0", "sm_61"),
            "out of memory, or this GPU (sm_61) is not supported by this LibTorch: cuda:0");
  EXPECT_EQ(out_of_memory_text(OutOfMemory::kPerhaps, "cuda:1", ""),
            "out of memory, or this GPU is not supported by this LibTorch: cuda:1");
}

}  // namespace
}  // namespace rollingdepth
