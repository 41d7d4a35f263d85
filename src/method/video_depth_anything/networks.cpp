#include <ATen/core/Tensor.h>

#include <vector>

#include "base/trace.hpp"
#include "method/video_depth_anything/model.hpp"

namespace rollingdepth::vda {

Networks::Networks(const Package& package, c10::Device device, c10::ScalarType dtype)
    : info_(read_info(package)), device_(device), dtype_(dtype) {
  const TraceSpan span("read", "load model");
  load_verified(package, network_names(), [&] {
    encoder_.emplace(NetworkFacts{.name = "encoder"}, package.folder / "encoder.ts", device,
                     info_.network_dtype("encoder", dtype));
    head_.emplace(package, info_, device, dtype, /*kept=*/dtype);
  });
}

at::Tensor Networks::encode(const at::Tensor& frames) {
  const TraceSpan span("batch", "encode", "frames", frames.size(0));
  const FrameNumbers numbers(info_, {frames.size(3), frames.size(2)});
  return encoder_->run(frames.to(device_), {numbers.features()}).to(dtype_);
}

FrameParts Networks::parts_of(const at::Tensor& frames, std::int64_t /*first*/) {
  return {encode(frames)};
}

WindowResult Networks::window(const std::vector<FrameParts>& frames, FrameSize size) {
  const FrameNumbers numbers(info_, size);
  const at::Tensor levels = stacked(frames, 0, 0, numbers.levels(), device_);
  const at::Tensor no_context = levels.new_empty({0, numbers.state()});
  return {.paths = attend(levels, no_context, numbers, /*keep_states=*/false).paths};
}

at::Tensor Networks::depth(const at::Tensor& paths, const std::vector<FrameParts>& frames,
                           FrameSize size) {
  const FrameNumbers numbers(info_, size);
  return decode(paths, stacked(frames, 0, numbers.levels(), numbers.skips(), device_), numbers);
}

std::vector<std::string> Networks::take_warnings() {
  std::vector<Network*> networks = head_->networks();
  networks.insert(networks.begin(), &*encoder_);
  return rollingdepth::take_warnings(networks);
}

}  // namespace rollingdepth::vda
