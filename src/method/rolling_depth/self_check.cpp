#include "method/rolling_depth/self_check.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>

#include <limits>

#include "base/formatted.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// What rounding may do to networks of this depth; a mistake in memory layout gives tens of percent.
double largest_difference(c10::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat:
      return 1e-3;
    case at::kHalf:
      return 1e-2;
    default:
      return 5e-2;
  }
}

// Sides that differ show axes that change places, two frames show mistakes in strides.
constexpr std::int64_t kFrames = 2, kLatentHeight = 8, kLatentWidth = 12;

class Comparison {
 public:
  Comparison(DepthModel& model, DepthModel& reference) : model_(model), reference_(reference) {}

  /// @param call  runs the network on a model. @param input [N, C, H, W] float32 on CPU.
  template <class Call>
  void require_same(const char* network, const at::Tensor& input, Call&& call) const {
    const at::Tensor expected = call(reference_, input);
    const at::Tensor actual = call(model_, input.to(model_.device(), model_.dtype()));
    const double difference = relative_difference(expected, actual);
    const double allowed = largest_difference(model_.dtype());
    if (difference <= allowed) return;
    const std::string where = model_.device().str() + " in " + dtype_name(model_.dtype());
    throw Error(ErrorKind::kDevice, std::string("the ") + network + " gives something else on " +
                                        where +
                                        " than on the CPU: " + formatted("%.2g", difference) +
                                        " of the largest value away, and rounding explains " +
                                        formatted("%.2g", allowed) + "; use --device cpu");
  }

 private:
  DepthModel& model_;
  DepthModel& reference_;
};

}  // namespace

double relative_difference(const at::Tensor& expected, const at::Tensor& actual) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (expected.sizes() != actual.sizes()) return kInfinite;
  // In two steps: MPS knows no float64.
  const at::Tensor right = expected.to(at::kCPU).to(at::kDouble);
  const at::Tensor other = actual.to(at::kCPU).to(at::kDouble);
  if (!other.isfinite().all().item<bool>()) return kInfinite;
  const double largest = right.abs().max().item<double>();
  const double difference = (other - right).abs().max().item<double>();
  return difference == 0 ? 0 : difference / largest;
}

void check_against(DepthModel& model, DepthModel& reference) {
  const ModelInfo& info = model.info();
  at::Generator generator = at::detail::createCPUGenerator(/*seed=*/1);
  const auto noise = [&](std::int64_t frames, std::int64_t channels, std::int64_t scale) {
    return at::randn({frames, channels, scale * kLatentHeight, scale * kLatentWidth}, generator,
                     at::TensorOptions(at::kFloat));
  };
  const Comparison comparison(model, reference);
  comparison.require_same("encoder", noise(kFrames, 3, info.downscale).clamp(-1, 1),
                          [](DepthModel& of, const at::Tensor& rgb) { return of.encode(rgb); });
  const std::int64_t timestep = info.scheduler.num_train_timesteps - 1;
  const std::int64_t length = info.snippet_lengths.front();
  comparison.require_same("UNet", noise(length, 2 * info.latent_channels, 1),
                          [timestep, length](DepthModel& of, const at::Tensor& sample) {
                            return of.denoise(sample, timestep, length);
                          });
  comparison.require_same(
      "decoder", noise(kFrames, info.latent_channels, 1),
      [](DepthModel& of, const at::Tensor& latent) { return of.decode(latent); });
}

}  // namespace rollingdepth
