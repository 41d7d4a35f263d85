#include <string>
#include <utility>
#include <vector>

#include "base/trace.hpp"
#include "method/rolling_depth/model.hpp"
#include "method/rolling_depth/self_check.hpp"
#include "nn/device.hpp"
#include "nn/network.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

class TorchScriptModel final : public DepthModel {
 public:
  TorchScriptModel(ModelInfo info, const fs::path& folder, c10::Device device,
                   c10::ScalarType dtype)
      : info_(std::move(info)),
        device_(device),
        dtype_(dtype),
        encoder_(load({.name = "encoder"}, "encoder", folder)),
        unet_(load({.name = "UNet", .downscale = info_.downscale, .settings = 2}, "unet", folder)),
        decoder_(load({.name = "decoder", .downscale = info_.downscale}, "decoder", folder)) {}

  const ModelInfo& info() const override { return info_; }
  c10::Device device() const override { return device_; }
  c10::ScalarType dtype() const override { return dtype_; }

  at::Tensor encode(const at::Tensor& rgb) override {
    const std::int64_t scale = info_.downscale;
    return encoder_.run(rgb, {info_.latent_channels, rgb.size(2) / scale, rgb.size(3) / scale})
        .to(dtype_);
  }

  at::Tensor denoise(const at::Tensor& sample, std::int64_t timestep, std::int64_t views) override {
    return unet_.run(sample, {info_.latent_channels, sample.size(2), sample.size(3)}, views,
                     {timestep, views});
  }

  at::Tensor decode(const at::Tensor& latent) override {
    const std::int64_t scale = info_.downscale;
    return decoder_.run(latent, {1, latent.size(2) * scale, latent.size(3) * scale});
  }

  std::vector<std::string> take_warnings() override {
    return rollingdepth::take_warnings({&encoder_, &unet_, &decoder_});
  }

 private:
  [[nodiscard]] Network load(NetworkFacts facts, const std::string& name,
                             const fs::path& folder) const {
    return {std::move(facts), folder / (name + ".ts"), device_, info_.network_dtype(name, dtype_)};
  }

  ModelInfo info_;
  c10::Device device_;
  c10::ScalarType dtype_;
  Network encoder_;
  Network unet_;
  Network decoder_;
};

}  // namespace

std::unique_ptr<DepthModel> load_model(const fs::path& folder, c10::Device device,
                                       c10::ScalarType dtype, bool tf32) {
  if (device.is_cuda()) allow_tf32(tf32);
  const TraceSpan span("read", "load model");
  const Package package = open_package(folder);
  const ModelInfo info = model_info_of(package);
  std::unique_ptr<DepthModel> model;
  load_verified(package, rolling_depth_networks(), [&] {
    model = std::make_unique<TorchScriptModel>(info, folder, device, dtype);
    if (!device.is_mps()) return;
    TorchScriptModel reference(info, folder, c10::Device(c10::kCPU), at::kFloat);
    check_against(*model, reference);
  });
  return model;
}

}  // namespace rollingdepth
