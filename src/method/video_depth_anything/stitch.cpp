#include "method/video_depth_anything/stitch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "method/video_depth_anything/windows.hpp"

namespace rollingdepth::vda {
namespace {

constexpr std::int64_t kShared = kWindowFrames - kWindowStep - kFirstShared;

at::Tensor scaled(const at::Tensor& map, const Affine& affine) {
  return (map * affine.scale + affine.shift).clamp_min_(0);
}

}  // namespace

Affine fit_affine(const std::vector<at::Tensor>& maps, const std::vector<at::Tensor>& targets) {
  double xx = 0, x = 0, n = 0, xy = 0, y = 0;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const at::Tensor map = maps[i].to(at::kDouble);
    const at::Tensor target = targets[i].to(at::kDouble);
    xx += (map * map).sum().item<double>();
    xy += (map * target).sum().item<double>();
    x += map.sum().item<double>();
    y += target.sum().item<double>();
    n += static_cast<double>(map.numel());
  }
  const double determinant = xx * n - x * x;
  // Of maps that are flat up to rounding nothing is left.
  constexpr double kRounding = 1e-12;
  if (!(determinant > kRounding * xx * n)) return {};
  return {.scale = (n * xy - x * y) / determinant, .shift = (xx * y - x * xy) / determinant};
}

void Stitcher::add(std::vector<at::Tensor> outputs) {
  const bool first = anchors_.empty();
  const auto used = static_cast<std::int64_t>(outputs.size());
  if (first) {
    anchors_ = {outputs[0], used > kAnchor ? outputs[kAnchor] : outputs[0]};
  } else {
    const Affine affine = metric_ ? Affine{} : fit_affine({outputs[0], outputs[1]}, anchors_);
    for (std::int64_t i = kFirstShared; i < used; ++i) {
      outputs[static_cast<std::size_t>(i)] = scaled(outputs[static_cast<std::size_t>(i)], affine);
    }
    if (used > kAnchor) anchors_[1] = outputs[kAnchor];
  }
  std::int64_t i = first ? 0 : kFirstShared;
  for (std::int64_t shared = 0; !first && shared < kShared && i < used; ++shared, ++i) {
    const double weight = static_cast<double>(shared) / static_cast<double>(kShared - 1);
    emit(waiting_[static_cast<std::size_t>(shared)] * (1 - weight) +
         outputs[static_cast<std::size_t>(i)] * weight);
  }
  waiting_.clear();
  for (; i < used; ++i) {
    // Of a whole window the last ones wait for the next; a shorter one is the last.
    if (i < kWindowFrames - kShared) {
      emit(outputs[static_cast<std::size_t>(i)]);
    } else {
      waiting_.push_back(outputs[static_cast<std::size_t>(i)]);
    }
  }
}

void Stitcher::finish() {
  for (const at::Tensor& map : waiting_) emit(map);
  waiting_.clear();
}

}  // namespace rollingdepth::vda
