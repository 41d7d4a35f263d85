#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <optional>

#include "base/resample.hpp"
#include "rollingdepth/batch_sizes.hpp"

namespace rollingdepth {

/// Free memory of a GPU; nothing for the CPU and where the device does not tell.
std::optional<std::uint64_t> free_gpu_memory_bytes(c10::Device device);

/// Large enough to keep the device busy, small enough for its memory. Without a GPU the sizes alone
/// decide, so that every run of a job takes the same.
/// @param size            processing size.
/// @param snippet_length  L, 1..4.
/// @param value_bytes     of the model's dtype.
/// @param free_gpu_bytes  unset: CPU.
BatchSizes choose_batch_sizes(FrameSize size, std::int64_t snippet_length, std::size_t value_bytes,
                              std::optional<std::uint64_t> free_gpu_bytes);

/// `wanted`, with members that are 0 chosen for the device and its free memory now.
/// @param dtype             the widest of the networks'.
/// @param parameters_bytes  of a model that is not loaded yet, else 0.
BatchSizes resolve_batch_sizes(BatchSizes wanted, c10::Device device, c10::ScalarType dtype,
                               FrameSize size, std::int64_t snippet_length,
                               std::uint64_t parameters_bytes = 0);

}  // namespace rollingdepth
