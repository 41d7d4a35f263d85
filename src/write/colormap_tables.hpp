#pragma once

#include <span>
#include <string_view>

namespace rollingdepth {

/// A colour map as text: six lower-case hexadecimal digits, RRGGBB, per entry.
struct ColormapTable {
  std::string_view name;
  std::string_view hex;
};

/// Sorted by name. A map `<name>_r` that is the plain reverse of `<name>` is not listed.
std::span<const ColormapTable> colormap_tables();

}  // namespace rollingdepth
