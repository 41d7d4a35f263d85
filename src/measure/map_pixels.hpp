#pragma once

#include <cstddef>

#include "measure/map_pair.hpp"

namespace rollingdepth {

/// A MapPair as plain arrays, row by row. Borrows from it.
struct MapPixels {
  const float* reference = nullptr;
  const float* candidate = nullptr;
  const bool* valid = nullptr;
  std::size_t height = 0;
  std::size_t width = 0;
  [[nodiscard]] std::size_t count() const { return height * width; }
};

/// Whether `map` can be read as plain rows: of this type and shape, contiguous, on the CPU.
bool is_plain(const at::Tensor& map, at::ScalarType type, at::IntArrayRef shape);

/// @throws Error(kFailed) where `maps` are not as MapPair says.
MapPixels pixels_of(const MapPair& maps);

}  // namespace rollingdepth
