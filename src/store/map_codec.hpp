#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

/// How depth maps lie in the spool.
enum class SpoolDtype {
  kUint16,  ///< Every map in 65,536 steps from its smallest to its largest value.
  kFp32,    ///< As they are.
};
std::vector<std::string> spool_dtype_names();
std::string to_string(SpoolDtype dtype);
/// @throws Error(kUsage) for an unknown name.
SpoolDtype parse_spool_dtype(std::string_view name);

/// Bytes of an encoded map.
std::size_t encoded_bytes(SpoolDtype dtype, std::int64_t pixels);

/// @param map any shape, float32 on CPU. With kUint16 it must be finite; every value comes back to
/// within half a step, 7.7e-6 of the map's range, its smallest value and a map of one value
/// exactly.
/// @throws Error(kFailed) for other tensors.
std::vector<std::byte> encode_map(const at::Tensor& map, SpoolDtype dtype);

/// The inverse. @param map float32 on CPU, contiguous; filled.
void decode_map(std::span<const std::byte> record, SpoolDtype dtype, at::Tensor& map);

}  // namespace rollingdepth
