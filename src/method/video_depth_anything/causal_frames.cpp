#include "method/video_depth_anything/causal_frames.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <span>
#include <utility>

#include "align/line_fit.hpp"
#include "base/resample.hpp"
#include "method/video_depth_anything/options.hpp"
#include "method/windows/depth_maps.hpp"
#include "method/windows/frames.hpp"
#include "nn/device.hpp"

namespace rollingdepth::vda {
namespace {

std::span<const float> values_of(const at::Tensor& map) {
  return {map.const_data_ptr<float>(), static_cast<std::size_t>(map.numel())};
}

}  // namespace

CausalFrames::CausalFrames(std::unique_ptr<Networks> networks, const CausalOptions& options)
    : networks_(std::move(networks)), res_px_(options.res_px.value_or(0)) {
  options.validate();
}

DepthValues CausalFrames::values() const {
  return networks_->info().metric ? DepthValues::kMetres : DepthValues::kRelativeInverse;
}

FrameSize CausalFrames::processing_size(FrameSize input) const {
  return network_size(input, res_px_);
}

std::int64_t CausalFrames::edge_px(FrameSize input) const {
  const FrameSize size = processing_size(input);
  return std::min(size.width_px, size.height_px);
}

void CausalFrames::begin_anew() {
  memory_ = {};
  last_ = at::Tensor();
  at_new_size_ = false;
  given_from_network_ = {};
}

void CausalFrames::change_res(std::int64_t res_px) {
  CausalOptions changed;
  changed.res_px = res_px;
  changed.validate();
  res_px_ = res_px;
}

void CausalFrames::take_size(FrameSize size) {
  if (size == size_) return;
  size_ = size;
  memory_ = {};
  if (!last_.defined()) return;
  last_ = resample(last_.unsqueeze(0).unsqueeze(0), size, ResampleMethod::kBilinear)[0][0];
  at_new_size_ = true;
}

at::Tensor CausalFrames::network_depth(const at::Tensor& rgb) {
  const FrameNumbers numbers(networks_->info(), size_);
  const at::Tensor frame = prepare_frame(on_device(rgb, networks_->device()), size_);
  const at::Tensor features = networks_->encode(frame.unsqueeze(0));
  const at::Tensor levels = features.narrow(1, 0, numbers.levels());
  const at::Tensor context =
      memory_.next() == 0 ? levels.new_empty({0, numbers.state()}) : memory_.context();
  const Attended attended = networks_->attend(levels, context, numbers, /*keep_states=*/true);
  const at::Tensor map =
      depth_maps(networks_->decode(attended.paths,
                                   features.narrow(1, numbers.levels(), numbers.skips()), numbers),
                 size_)[0];
  memory_.push(attended.states[0]);
  return map;
}

Affine CausalFrames::fit_to_last(const at::Tensor& map) const {
  const at::Tensor last = last_.contiguous();
  const LineFit line = fit_line(values_of(map), values_of(last), given_from_network_.scale);
  if (values() != DepthValues::kMetres) return line.affine();
  // A shift would bring what is near behind the camera.
  const bool positive = line.value_centre > 0 && line.target_centre > 0;
  return {.scale = positive ? line.target_centre / line.value_centre : given_from_network_.scale,
          .shift = 0};
}

at::Tensor CausalFrames::next(const at::Tensor& rgb) {
  take_size(processing_size({.width_px = rgb.size(2), .height_px = rgb.size(1)}));
  at::Tensor map = network_depth(rgb);
  if (std::exchange(at_new_size_, false)) given_from_network_ = fit_to_last(map);
  const auto [scale, shift] = given_from_network_;
  // Depth of both kinds is never below 0.
  if (scale != 1 || shift != 0) map = map.mul(scale).add_(shift).clamp_min_(0);
  last_ = map;
  return map.clone();
}

Settings CausalFrames::settings() const {
  return {{"method", kKind}, {"mode", to_string(Mode::kStreaming)}, {"res", res_px_}};
}

}  // namespace rollingdepth::vda
