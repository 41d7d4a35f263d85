#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

namespace rollingdepth {

/// What a stored depth clip holds, known before its values are read.
struct DepthListing {
  std::string name;  ///< As the user gave it, for messages.
  std::int64_t frames = 0;
  std::int64_t height_px = 0;
  std::int64_t width_px = 0;
};

/// A stored depth clip, read front to back, as often as wanted, one frame in memory at a time. Not
/// thread-safe.
class DepthReader {
 public:
  virtual ~DepthReader() = default;
  [[nodiscard]] virtual const DepthListing& listing() const = 0;
  /// The next map, [H, W] float32 on CPU, contiguous, values as stored (NaN and infinities too); or
  /// nothing after the last. The caller may change it.
  /// @throws Error(kInput) naming the file, for values that are damaged or cut short.
  virtual std::optional<at::Tensor> next() = 0;
  /// The next next() gives the first map again. @throws Error(kInput).
  virtual void rewind() = 0;
};

}  // namespace rollingdepth
