#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <utility>

#include "base/trace.hpp"
#include "method/video_depth_anything/model.hpp"

namespace rollingdepth::vda {
namespace {

enum Place { kEncoder, kTemporal, kDecoder, kOutput };

NetworkFacts facts_of(const std::string& name) {
  if (name == "temporal") return {.name = "temporal modules", .settings = 3, .context = true};
  if (name == "decoder") return {.name = name, .settings = 2};
  if (name == "output") return {.name = "output layers", .settings = 2};
  return {.name = name};
}

}  // namespace

Networks::Networks(const Package& package, c10::Device device, c10::ScalarType dtype)
    : info_(read_info(package)), device_(device), dtype_(dtype) {
  const TraceSpan span("read", "load model");
  load_verified(package, network_names(), [&] {
    for (const std::string& name : network_names()) {
      networks_.push_back(std::make_unique<Network>(facts_of(name), package.folder / (name + ".ts"),
                                                    device, info_.network_dtype(name, dtype)));
    }
  });
}

at::Tensor Networks::encode(const at::Tensor& frames) {
  const TraceSpan span("batch", "encode", "frames", frames.size(0));
  const FrameNumbers numbers(info_, {frames.size(3), frames.size(2)});
  return networks_[kEncoder]->run(frames.to(device_), {numbers.features()}).to(dtype_);
}

Attended Networks::attend(const at::Tensor& levels, const at::Tensor& context,
                          const FrameNumbers& numbers, bool keep_states) {
  const TraceSpan span("batch", "temporal", "frames", levels.size(0));
  const std::int64_t width = numbers.path() + (keep_states ? numbers.state() : 0);
  const at::Tensor both =
      networks_[kTemporal]
          ->run(levels, {width}, /*unit=*/levels.size(0),
                {numbers.rows(), numbers.columns(), keep_states ? 1 : 0}, context)
          .to(dtype_);
  if (!keep_states) return {.paths = both, .states = {}};
  return {.paths = both.narrow(1, 0, numbers.path()),
          .states = both.narrow(1, numbers.path(), numbers.state()).clone()};
}

at::Tensor Networks::decode(const at::Tensor& paths, const at::Tensor& skips,
                            const FrameNumbers& numbers) {
  const TraceSpan span("batch", "decode", "frames", paths.size(0));
  const std::vector<std::int64_t> settings = {numbers.rows(), numbers.columns()};
  const at::Tensor maps =
      networks_[kDecoder]->run(at::cat({paths, skips}, 1),
                               {numbers.half_features(), 8 * numbers.rows(), 8 * numbers.columns()},
                               /*unit=*/1, settings);
  return networks_[kOutput]
      ->run(maps, {1, kPatchPx * numbers.rows(), kPatchPx * numbers.columns()}, /*unit=*/1,
            settings)
      .squeeze(1);
}

std::vector<std::string> Networks::take_warnings() {
  std::vector<Network*> networks;
  for (const auto& network : networks_) networks.push_back(network.get());
  return rollingdepth::take_warnings(networks);
}

}  // namespace rollingdepth::vda
