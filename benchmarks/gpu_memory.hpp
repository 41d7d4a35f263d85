#pragma once

#include <ATen/DeviceAccelerator.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <optional>

namespace rollingdepth {

/// From now on peak_gpu_memory_bytes() counts anew. Does nothing for the CPU.
inline void reset_peak_gpu_memory(c10::Device device) {
  if (device.is_cuda()) at::getDeviceAllocator(device.type())->resetPeakStats(device.index());
}

/// The most that tensors have taken of the GPU at a time; nothing for the CPU.
inline std::optional<std::int64_t> peak_gpu_memory_bytes(c10::Device device) {
  if (!device.is_cuda()) return std::nullopt;
  const auto stats = at::getDeviceAllocator(device.type())->getDeviceStats(device.index());
  using Kind = c10::CachingAllocator::StatType;
  return stats.allocated_bytes[static_cast<std::size_t>(Kind::AGGREGATE)].peak;
}

}  // namespace rollingdepth
