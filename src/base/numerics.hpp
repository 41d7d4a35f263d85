#pragma once

namespace rollingdepth {

/// Which results this program computes. Raised by every change of the program that moves one bit of
/// a depth map, so that no unfinished job goes on, and no finished output counts as made, with
/// other numbers than the first half of it. 1: before this number was there. 2: float32 on CUDA is
/// float32, not TF32; on processors with AVX-512 sums, normalising and attention round less often.
/// 3: pictures are decoded by other libraries: JPEG and WebP differ by levels, floats are sRGB; on
/// CUDA cuDNN takes its kernels by rules, not by measuring. 4: on processors with AVX-512 weights
/// are packed for the same sizes always, not for those of a process's first call. 5: processors
/// with AVX-512 and without bfloat16 take the operations of nn/cpu in float32.
inline constexpr int kNumerics = 5;

}  // namespace rollingdepth
