#include "write/depth_painter.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>

#include "write/colormap.hpp"

namespace rollingdepth {
namespace {

// Of the farthest: a single pixel at 0 would leave all others one colour.
constexpr float kNearestShare = 0.01F;

}  // namespace

DepthPainter::DepthPainter(const std::string& colormap) : table_(colormap_table(colormap)) {}

void DepthPainter::begin(const DepthClipInfo& info) {
  inverts_ = info.values == DepthValues::kMetres && info.max > 0;
  min_ = info.min;
  max_ = info.max;
  if (!inverts_) return;
  nearest_ = std::max(info.min, info.max * kNearestShare);
  min_ = 1 / info.max;
  max_ = 1 / nearest_;
}

at::Tensor DepthPainter::paint(const at::Tensor& depth) const {
  if (!inverts_) return colorize(depth, min_, max_, table_);
  return colorize(depth.clamp_min(nearest_).reciprocal_(), min_, max_, table_);
}

}  // namespace rollingdepth
