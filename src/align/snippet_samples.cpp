#include "rollingdepth/align/snippet_samples.hpp"

#include <algorithm>
#include <string>

#include "rollingdepth/base/error.hpp"

namespace rollingdepth {
namespace {

at::Tensor thin_out(const at::Tensor& maps, std::int64_t axis, std::int64_t stride_px,
                    std::int64_t border_px) {
  const std::int64_t size = maps.size(axis);
  // A tiny map keeps at least its middle pixel.
  const std::int64_t border = std::min(border_px, (size - 1) / 2);
  return maps.slice(axis, border, size - border, stride_px);
}

}  // namespace

at::Tensor alignment_samples(const at::Tensor& maps, std::int64_t stride_px,
                             std::int64_t border_px) {
  if (stride_px < 1 || border_px < 0) {
    throw Error(ErrorKind::kUsage, "cannot thin out depth maps with stride " +
                                       std::to_string(stride_px) + " and border " +
                                       std::to_string(border_px));
  }
  if (maps.dim() < 2 || maps.size(-1) < 1 || maps.size(-2) < 1) {
    throw Error(ErrorKind::kFailed, "cannot thin out depth maps without pixels");
  }
  const at::Tensor rows = thin_out(maps, maps.dim() - 2, stride_px, border_px);
  return thin_out(rows, maps.dim() - 1, stride_px, border_px).clone(at::MemoryFormat::Contiguous);
}

}  // namespace rollingdepth
