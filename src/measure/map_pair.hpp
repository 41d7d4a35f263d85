#pragma once

#include <ATen/core/Tensor.h>

namespace rollingdepth {

/// Two depth maps of one frame and the pixels that count. Everything of measure/ takes this, and
/// throws Error(kFailed) where it is not as stated here; that values are finite is not checked.
struct MapPair {
  at::Tensor reference;  ///< [H, W] float32 on CPU, contiguous; finite where `valid`.
  at::Tensor candidate;  ///< The same, already aligned to the reference.
  at::Tensor valid;      ///< [H, W] bool on CPU, contiguous.
};

}  // namespace rollingdepth
