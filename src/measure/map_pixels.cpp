#include "measure/map_pixels.hpp"

#include <ATen/core/Tensor.h>

#include "rollingdepth/error.hpp"

namespace rollingdepth {

bool is_plain(const at::Tensor& map, at::ScalarType type, at::IntArrayRef shape) {
  return map.defined() && map.device().is_cpu() && map.scalar_type() == type &&
         map.sizes() == shape && map.is_contiguous();
}

MapPixels pixels_of(const MapPair& maps) {
  const bool fits = maps.reference.defined() && maps.reference.dim() == 2 &&
                    is_plain(maps.reference, at::kFloat, maps.reference.sizes()) &&
                    is_plain(maps.candidate, at::kFloat, maps.reference.sizes()) &&
                    is_plain(maps.valid, at::kBool, maps.reference.sizes());
  if (!fits) {
    throw Error(ErrorKind::kFailed,
                "cannot compare depth maps: they are not contiguous float32 [H, W] on the CPU, "
                "with a bool mask of the same size");
  }
  return {.reference = maps.reference.const_data_ptr<float>(),
          .candidate = maps.candidate.const_data_ptr<float>(),
          .valid = maps.valid.const_data_ptr<bool>(),
          .height = static_cast<std::size_t>(maps.reference.size(0)),
          .width = static_cast<std::size_t>(maps.reference.size(1))};
}

}  // namespace rollingdepth
