#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>

#include "method/rolling_depth/model.hpp"

namespace rollingdepth::testing {

/// A model whose depth is worked out by hand: the encoder averages 8x8 pixels, the UNet returns the
/// colour latent as the clean sample, and the decoder repeats the first latent channel. So depth is
/// the mean of the colour frame's first channel in blocks of 8 pixels.
class FakeModel : public DepthModel {
 public:
  FakeModel() {
    info_.name = "fake";
    info_.rgb_latent_scale = 1;
    info_.depth_latent_scale = 1;
    info_.scheduler.prediction_type = "sample";
    info_.scheduler.set_alpha_to_one = true;
  }

  const ModelInfo& info() const override { return info_; }
  c10::Device device() const override { return c10::kCPU; }
  c10::ScalarType dtype() const override { return c10::kFloat; }

  at::Tensor encode(const at::Tensor& rgb) override {
    largest_batch = std::max(largest_batch, rgb.size(0));
    return at::cat({at::avg_pool2d(rgb, {8, 8}), at::avg_pool2d(rgb, {8, 8}).narrow(1, 0, 1)}, 1);
  }
  at::Tensor denoise(const at::Tensor& sample, std::int64_t, std::int64_t views) override {
    ++denoise_calls;
    last_views = views;
    return sample.narrow(1, 0, 4).clone();
  }
  at::Tensor decode(const at::Tensor& latent) override {
    largest_batch = std::max(largest_batch, latent.size(0));
    return at::upsample_nearest2d(
        latent.narrow(1, 0, 1), std::vector<std::int64_t>{latent.size(2) * 8, latent.size(3) * 8});
  }

  ModelInfo info_;
  int denoise_calls = 0;
  std::int64_t last_views = 0;
  std::int64_t largest_batch = 0;  ///< Frames in one encoder or decoder call.
};

}  // namespace rollingdepth::testing
