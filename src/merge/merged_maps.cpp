#include "merge/merged_maps.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace rollingdepth {

void MapRange::include(const MapRange& other) {
  min = std::min(min, other.min);
  max = std::max(max, other.max);
  empty_pixels += other.empty_pixels;
}

MapRange range_of(const at::Tensor& map) {
  MapRange range;
  const at::Tensor packed = map.contiguous();
  const float* values = packed.const_data_ptr<float>();
  for (std::int64_t p = 0; p < packed.numel(); ++p) {
    if (std::isfinite(values[p])) {
      range.min = std::min(range.min, values[p]);
      range.max = std::max(range.max, values[p]);
    } else {
      ++range.empty_pixels;
    }
  }
  return range;
}

// In double: every float and every count of pixels comes back as it was.
RangeStore::RangeStore(Spool& spool, const std::string& name)
    : records_(spool, name, {3}, at::kDouble) {}

void RangeStore::write(std::int64_t index, const MapRange& range) {
  records_.write(index, at::tensor({static_cast<double>(range.min), static_cast<double>(range.max),
                                    static_cast<double>(range.empty_pixels)}));
}

std::optional<MapRange> RangeStore::find(std::int64_t index) const {
  const std::optional<at::Tensor> record = records_.find(index);
  if (!record) return std::nullopt;
  const auto* values = record->const_data_ptr<double>();
  return MapRange{.min = static_cast<float>(values[0]),
                  .max = static_cast<float>(values[1]),
                  .empty_pixels = static_cast<std::int64_t>(values[2])};
}

RangedMaps::RangedMaps(Spool& spool, const std::string& name, FrameSize size)
    : size_(size),
      maps_(spool, name, {size.height_px, size.width_px}, at::kFloat),
      ranges_(spool, name + "-ranges") {}

void RangedMaps::write(std::int64_t index, const at::Tensor& map) {
  ranges_.write(index, range_of(map));
  maps_.write(index, map);  // Last: a map that is there has its range.
}

MapRange RangedMaps::range(std::int64_t index) const {
  const std::optional<MapRange> known = ranges_.find(index);
  return known ? *known : range_of(maps_.read(index));
}

}  // namespace rollingdepth
