#include "method/windows/stitch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

namespace rollingdepth {
namespace {

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
  const std::int64_t blended = shape_.blended();
  const auto used = static_cast<std::int64_t>(outputs.size());
  const auto output = [&](std::int64_t i) -> at::Tensor& {
    return outputs[static_cast<std::size_t>(i)];
  };
  if (first) {
    anchors_ = {output(0), used > shape_.anchor() ? output(shape_.anchor()) : output(0)};
  } else {
    const Affine affine = metric_ ? Affine{} : fit_affine({output(0), output(1)}, anchors_);
    for (std::int64_t i = kFirstShared; i < used; ++i) output(i) = scaled(output(i), affine);
    if (used > shape_.anchor()) anchors_[1] = output(shape_.anchor());
  }
  std::int64_t i = first ? 0 : kFirstShared;
  for (std::int64_t shared = 0; !first && shared < blended && i < used; ++shared, ++i) {
    const double weight = static_cast<double>(shared) / static_cast<double>(blended - 1);
    emit(waiting_[static_cast<std::size_t>(shared)] * (1 - weight) + output(i) * weight);
  }
  waiting_.clear();
  for (; i < used; ++i) {
    // Of a whole window the last ones wait for the next; a shorter one is the last.
    if (i < shape_.frames() - blended) {
      emit(output(i));
    } else {
      waiting_.push_back(output(i));
    }
  }
}

void Stitcher::finish() {
  for (const at::Tensor& map : waiting_) emit(map);
  waiting_.clear();
}

}  // namespace rollingdepth
