#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace rollingdepth {

/// Where the pixels of a frame were in the frame before.
struct BackwardFlow {
  at::Tensor offset;   ///< [2, H, W] float32: pixel (x, y) was at (x + offset[0], y + offset[1]).
  at::Tensor visible;  ///< [H, W] bool: the pixel is in both frames, not hidden in the one before.
};

/// The motion of a clip, frame by frame, at the size of the depth that it is used for. Not
/// thread-safe.
class FlowSource {
 public:
  virtual ~FlowSource() = default;
  /// Moves to the next frame. @return its flow, without tensors for the first frame; nothing after
  /// the last. @throws Error(kInput) when the video cannot be read any further.
  virtual std::optional<BackwardFlow> next() = 0;
};

}  // namespace rollingdepth
