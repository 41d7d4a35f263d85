#pragma once

#include <c10/core/ScalarType.h>
#include <c10/util/ArrayRef.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rollingdepth {

/// What stands before the values of an `.npy` file.
struct NpyHeader {
  c10::ScalarType dtype = c10::ScalarType::Float;
  std::vector<std::int64_t> shape;
  std::int64_t size_bytes = 0;  ///< Of the header itself: the values follow.

  /// What the values take; nothing where that is beyond 64 bits, as damaged shapes may say.
  [[nodiscard]] std::optional<std::int64_t> value_bytes() const;
};

/// Reads up to `size` bytes and returns how many it got; fewer only at the end.
using ByteReader = std::function<std::size_t(void* buffer, std::size_t size)>;

/// Reads a header (versions 1 to 3, C order, little-endian): float16/32/64, u/int8..64, bool.
/// @param name for messages. @throws Error(kInput) naming it and what is wrong.
NpyHeader read_npy_header(const std::string& name, const ByteReader& read);

/// The header of a version 1 `.npy` file for an array of `dtype` and `shape`, padded to 64 bytes.
std::string npy_header(c10::ScalarType dtype, c10::IntArrayRef shape);

}  // namespace rollingdepth
