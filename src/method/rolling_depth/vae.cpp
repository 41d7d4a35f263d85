#include "method/rolling_depth/vae.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/isfinite.h>

#include "base/trace.hpp"

namespace rollingdepth {
namespace {

at::Tensor to_model(const DepthModel& model, const at::Tensor& tensor) {
  return tensor.to(model.device(), model.dtype());
}

}  // namespace

at::Tensor encode_rgb(DepthModel& model, const at::Tensor& rgb) {
  const TraceSpan span("batch", "encode", "frames", rgb.size(0));
  return model.encode(rgb.to(model.device())) * model.info().rgb_latent_scale;
}

at::Tensor encode_depth(DepthModel& model, const at::Tensor& depth) {
  const TraceSpan span("batch", "encode depth", "frames", depth.size(0));
  const at::Tensor three_channels = depth.to(model.device()).expand({-1, 3, -1, -1});
  return model.encode(three_channels) * model.info().depth_latent_scale;
}

DecodedDepth decode_depth(DepthModel& model, const at::Tensor& latents) {
  const TraceSpan span("batch", "decode", "frames", latents.size(0));
  const at::Tensor depth = model.decode(to_model(model, latents / model.info().depth_latent_scale));
  const at::Tensor finite = at::isfinite(depth).all();
  return {.maps = depth.to(at::kCPU, at::kFloat).contiguous(), .finite = finite.item<bool>()};
}

}  // namespace rollingdepth
