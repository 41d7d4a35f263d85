#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

/// Names of all colour maps, each also with `_r`, sorted.
std::vector<std::string> colormap_names();

/// [K, 3] uint8 table of a matplotlib colour map; `_r` reverses. K is 256, for twilight 510.
/// @throws Error(kUsage) for an unknown name, suggesting the nearest.
at::Tensor colormap_table(std::string_view name);

/// Paints a depth map: entry min(int(x * K), K - 1), x = (depth - min) / (max - min) in float32.
/// A flat clip (max == min) and depth that is not finite are painted with entry 0.
/// @param depth [H, W] float32 on CPU.
/// @param table [K, 3] uint8.
/// @return      [H, W, 3] uint8 RGB.
at::Tensor colorize(const at::Tensor& depth, float min, float max, const at::Tensor& table);

}  // namespace rollingdepth
