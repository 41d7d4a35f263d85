#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "rollingdepth/base/clip.hpp"

namespace rollingdepth {

/// Reads a whole `.npy` file (versions 1 to 3, C order, little-endian): float16/32/64, u/int8..64,
/// bool. @return a CPU tensor of that type and shape.
/// @throws Error(kInput) naming the file and what is wrong.
at::Tensor read_npy(const std::filesystem::path& file);

/// Writes `tensor` as `.npy` version 1, through `<file>.partial`.
/// @throws Error(kOutput) when writing fails; nothing is left behind.
void write_npy(const std::filesystem::path& file, const at::Tensor& tensor);

/// A DepthSink that streams float32 [N, H, W] to `file`.
std::unique_ptr<DepthSink> make_npy_sink(const std::filesystem::path& file);

}  // namespace rollingdepth
