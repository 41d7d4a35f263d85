#include "nn/batch_sizes.hpp"

#include <ATen/DeviceAccelerator.h>
#include <ATen/core/Tensor.h>

#include <algorithm>

namespace rollingdepth {
namespace {

// Beyond this many pixels a call larger batches do not get faster on CPU and take more memory
// (docs/benchmarks.md).
constexpr std::int64_t kPixelsOfCpuCall = 240'000;
constexpr std::int64_t kFramesOfSnippet = 3;  // Snippets count with what most of them hold.
constexpr BatchSizes kMostOnCpu{.vae_frames = 8, .snippets = 4};
constexpr BatchSizes kMostOnGpu{.vae_frames = 16, .snippets = 16};

// Values alive per pixel of every frame of a decoder call, at the widest point of the Stable
// Diffusion decoder, the largest model there is a package for; the UNet takes less.
constexpr std::uint64_t kValuesPerPixel = 1024;

BatchSizes fitting(std::int64_t frames, std::int64_t snippets, BatchSizes most) {
  return {.vae_frames = std::clamp<std::int64_t>(frames, 1, most.vae_frames),
          .snippets = std::clamp<std::int64_t>(snippets, 1, most.snippets)};
}

}  // namespace

std::optional<std::uint64_t> free_gpu_memory_bytes(c10::Device device) {
  if (!device.is_cuda()) return std::nullopt;
  at::DeviceAllocator* const allocator = at::getDeviceAllocator(device.type());
  allocator->emptyCache();  // What it keeps of an earlier clip counts as taken.
  return allocator->getMemoryInfo(device.index()).first;
}

BatchSizes choose_batch_sizes(FrameSize size, std::int64_t snippet_length, std::size_t value_bytes,
                              std::optional<std::uint64_t> free_gpu_bytes) {
  const std::int64_t pixels = size.width_px * size.height_px;
  if (free_gpu_bytes) {
    const std::uint64_t frame_bytes =
        static_cast<std::uint64_t>(pixels) * kValuesPerPixel * value_bytes;
    // Half of it: other programs use the GPU too.
    const auto frames = static_cast<std::int64_t>(*free_gpu_bytes / 2 / frame_bytes);
    return fitting(frames, frames / snippet_length, kMostOnGpu);
  }
  const std::int64_t frames = kPixelsOfCpuCall / pixels;
  return fitting(frames, kFramesOfSnippet * kPixelsOfCpuCall / (snippet_length * pixels),
                 kMostOnCpu);
}

BatchSizes resolve_batch_sizes(BatchSizes wanted, c10::Device device, c10::ScalarType dtype,
                               FrameSize size, std::int64_t snippet_length,
                               std::uint64_t parameters_bytes) {
  if (wanted.vae_frames > 0 && wanted.snippets > 0) return wanted;
  std::optional<std::uint64_t> free_bytes = free_gpu_memory_bytes(device);
  if (free_bytes) *free_bytes -= std::min(*free_bytes, parameters_bytes);
  const BatchSizes chosen =
      choose_batch_sizes(size, snippet_length, c10::elementSize(dtype), free_bytes);
  return {.vae_frames = wanted.vae_frames > 0 ? wanted.vae_frames : chosen.vae_frames,
          .snippets = wanted.snippets > 0 ? wanted.snippets : chosen.snippets};
}

}  // namespace rollingdepth
