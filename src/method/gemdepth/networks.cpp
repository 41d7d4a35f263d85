#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <utility>

#include "base/trace.hpp"
#include "method/gemdepth/model.hpp"
#include "method/windows/cameras.hpp"

namespace rollingdepth::gemdepth {
namespace {

// Of FrameParts.
enum Part : std::size_t { kLevel3, kLastTap, kSkips, kFrameBlock };

std::vector<std::int64_t> grid(const FrameNumbers& numbers) {
  return {numbers.head().rows(), numbers.head().columns()};
}

std::vector<std::int64_t> grid_and(const FrameNumbers& numbers, bool setting) {
  return {numbers.head().rows(), numbers.head().columns(), setting ? 1 : 0};
}

}  // namespace

Networks::Networks(const Package& package, c10::Device device, c10::ScalarType dtype, bool pose)
    : info_(read_info(package)), device_(device), dtype_(dtype) {
  const TraceSpan span("read", "load model");
  load_verified(package, network_names(pose), [&] { load(package, pose); });
}

void Networks::load(const Package& package, bool pose) {
  const auto network = [&](const char* name, NetworkFacts facts) -> Network {
    return {std::move(facts), package.folder / (std::string(name) + ".ts"), device_,
            info_.network_dtype(name, dtype_)};
  };
  encoder_.emplace(network("encoder", {.name = "encoder"}));
  if (pose) {
    pose_.emplace(PoseNetworks{
        .frame_block = network("frame_block", {.name = "frame block", .settings = 3}),
        .global_block = network("global_block", {.name = "global block", .settings = 2}),
        .camera = network("camera", {.name = "camera head"})});
  }
  astt_.emplace(network("astt", {.name = "spatio-temporal blocks", .settings = 3}));
  levels_.emplace(network("levels", {.name = "first levels of the head", .settings = 2}));
  level4_.emplace(network("level4", {.name = "fourth level of the head", .settings = 2}));
  head_.emplace(package, info_, device_, dtype_, info_.network_dtype("temporal", dtype_));
}

FrameParts Networks::parts_of(const at::Tensor& frames, std::int64_t first) {
  const FrameNumbers numbers(info_, {frames.size(3), frames.size(2)});
  const std::int64_t tap = numbers.tap(), level3 = numbers.level3();
  const std::int64_t skips = numbers.head().skips();
  at::Tensor taps;
  {
    const TraceSpan span("batch", "encode", "frames", frames.size(0));
    taps = encoder_->run(frames.to(device_), {4 * tap});
  }
  const at::Tensor levels =
      levels_->run(taps.narrow(1, 0, 3 * tap), {level3 + skips}, /*unit=*/1, grid(numbers));
  const at::Tensor last = taps.narrow(1, 3 * tap, tap);
  FrameParts parts = {levels.narrow(1, 0, level3), last, levels.narrow(1, level3, skips)};
  if (pose_) parts.push_back(frame_block(last, first, numbers));
  return parts;
}

// The clip's first frame has special tokens of its own.
at::Tensor Networks::frame_block(const at::Tensor& last_taps, std::int64_t first,
                                 const FrameNumbers& numbers) {
  const TraceSpan span("batch", "frame block", "frames", last_taps.size(0));
  const auto run = [&](const at::Tensor& taps, bool is_first) {
    return pose_->frame_block.run(taps, {numbers.frame_block()}, /*unit=*/1,
                                  grid_and(numbers, is_first));
  };
  const std::int64_t frames = last_taps.size(0);
  if (first > 0 || frames == 1) return run(last_taps, first == 0);
  return at::cat(
      {run(last_taps.narrow(0, 0, 1), true), run(last_taps.narrow(0, 1, frames - 1), false)});
}

// [T, 9 + embed] float32: poses, and the sum of their features.
at::Tensor Networks::camera(const std::vector<FrameParts>& frames, const FrameNumbers& numbers) {
  const auto count = static_cast<std::int64_t>(frames.size());
  const TraceSpan span("batch", "camera", "frames", count);
  const at::Tensor tokens =
      pose_->global_block.run(stacked(frames, kFrameBlock, device_), {2 * numbers.embed()},
                              /*unit=*/count, grid(numbers));
  return pose_->camera.run(tokens, {kPoseNumbers + numbers.embed()}, /*unit=*/count);
}

// The encoder's last features, once all frames have seen each other: [T, FrameNumbers::tap()].
// @param features [T, embed] of the poses.
at::Tensor Networks::mix(const std::vector<FrameParts>& frames, const at::Tensor& features,
                         const FrameNumbers& numbers) {
  const auto count = static_cast<std::int64_t>(frames.size());
  const TraceSpan span("batch", "spatio-temporal", "frames", count);
  return astt_->run(at::cat({stacked(frames, kLastTap, device_), features}, 1), {numbers.tap()},
                    /*unit=*/count, grid_and(numbers, pose_.has_value()));
}

WindowResult Networks::window(const std::vector<FrameParts>& frames, FrameSize size) {
  const FrameNumbers numbers(info_, size);
  const auto dtype = frames.front()[kLastTap].scalar_type();
  WindowResult result;
  at::Tensor features;
  if (pose_) {
    const at::Tensor cameras = camera(frames, numbers);
    result.poses = cameras.narrow(1, 0, kPoseNumbers).to(at::kCPU, at::kFloat).contiguous();
    features = cameras.narrow(1, kPoseNumbers, numbers.embed()).to(dtype);
  } else {
    features = at::zeros({std::ssize(frames), numbers.embed()},
                         at::TensorOptions().dtype(dtype).device(device_));
  }
  const at::Tensor level4 =
      level4_->run(mix(frames, features, numbers), {numbers.level4()}, /*unit=*/1, grid(numbers));
  const at::Tensor levels =
      at::cat({stacked(frames, kLevel3, device_).to(level4.scalar_type()), level4}, 1);
  const at::Tensor no_context = levels.new_empty({0, numbers.head().state()});
  result.paths = head_->attend(levels, no_context, numbers.head(), /*keep_states=*/false).paths;
  return result;
}

at::Tensor Networks::depth(const at::Tensor& paths, const std::vector<FrameParts>& frames,
                           FrameSize size) {
  const FrameNumbers numbers(info_, size);
  return head_->decode(paths, stacked(frames, kSkips, device_).to(paths.scalar_type()),
                       numbers.head());
}

std::vector<std::string> Networks::take_warnings() {
  std::vector<Network*> networks = {&*encoder_};
  if (pose_) {
    networks.insert(networks.end(), {&pose_->frame_block, &pose_->global_block, &pose_->camera});
  }
  networks.insert(networks.end(), {&*astt_, &*levels_, &*level4_});
  for (Network* network : head_->networks()) networks.push_back(network);
  return rollingdepth::take_warnings(networks);
}

}  // namespace rollingdepth::gemdepth
