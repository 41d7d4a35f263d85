#include "method/rolling_depth/snippet_predictor.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/trace.hpp"
#include "method/rolling_depth/vae.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// Decodes [F, C, h, w] in calls of at most `batch` frames to [F, H, W].
DecodedDepth decode_in_batches(DepthModel& model, const at::Tensor& latents, std::int64_t batch) {
  std::vector<at::Tensor> maps;
  bool finite = true;
  for (const at::Tensor& part : latents.split(batch)) {
    const DecodedDepth decoded = decode_depth(model, part);
    maps.push_back(decoded.maps.squeeze(1));
    finite = finite && decoded.finite;
  }
  return {.maps = at::cat(maps), .finite = finite};
}

// @param maps [S * L, H, W] of the snippets from `first` on, one of which is not finite.
[[noreturn]] void fail_not_finite(const at::Tensor& maps, const SnippetPlan& plan,
                                  std::int64_t first) {
  std::int64_t k = first;
  for (const at::Tensor& snippet : maps.split(plan.length)) {
    if (!snippet.isfinite().all().item<bool>()) break;
    ++k;
  }
  throw Error(ErrorKind::kFailed,
              "the network's depth for snippet " + std::to_string(k) + " of dilation " +
                  std::to_string(plan.dilation) +
                  " is not finite; try --dtype fp32 or another checkpoint",
              Retry::kNever);
}

}  // namespace

at::Tensor initial_noise(std::int64_t seed, std::int64_t channels, std::int64_t height,
                         std::int64_t width) {
  at::Generator generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed));
  return at::randn({1, channels, height, width}, generator, at::TensorOptions(at::kFloat));
}

std::vector<std::int64_t> frames_of(const SnippetPlan& plan, std::int64_t first,
                                    std::int64_t last) {
  std::vector<std::int64_t> frames;
  for (std::int64_t k = first; k < last; ++k) {
    for (std::int64_t j = 0; j < plan.length; ++j) frames.push_back(plan.frame(k, j));
  }
  return frames;
}

at::Tensor denoise_snippets(DepthModel& model, const at::Tensor& rgb_latents,
                            const at::Tensor& depth_latents, std::int64_t length,
                            std::int64_t timestep) {
  const TraceSpan span("batch", "denoise", "snippets", rgb_latents.size(0) / length);
  const at::Tensor rgb = rgb_latents.to(model.device());
  const at::Tensor depth = depth_latents.to(model.device(), model.dtype()).expand_as(rgb);
  return model.denoise(at::cat({rgb, depth}, 1), timestep, length).to(at::kFloat);
}

namespace {

// Snippets [first, last): [B * L, H, W] float32 on CPU.
at::Tensor predict_batch(DepthModel& model, const LatentReader& rgb_latents,
                         const at::Tensor& noise, const SnippetPlan& plan, std::int64_t first,
                         std::int64_t last, std::int64_t frames_per_call) {
  const DdimScheduler scheduler(model.info().scheduler);
  const std::int64_t timestep = scheduler.timesteps(1).front();
  const at::Tensor start = noise.to(model.device());
  const at::Tensor output = denoise_snippets(model, rgb_latents(frames_of(plan, first, last)),
                                             start, plan.length, timestep);
  const at::Tensor latents = scheduler.step(output, timestep, start.expand_as(output), 1);
  const auto [maps, finite] = decode_in_batches(model, latents, frames_per_call);
  if (!finite) fail_not_finite(maps, plan, first);
  return maps;
}

}  // namespace

bool is_wanted(UnitRange batch, const PredictorOptions& options) {
  if (!options.wanted) return true;
  std::int64_t k = batch.first;
  while (k < batch.last && !options.wanted(k)) ++k;
  return k < batch.last;
}

std::vector<UnitRange> batches_of(const SnippetPlan& plan, const PredictorOptions& options) {
  const std::int64_t size = options.max_snippets;
  const UnitRange begun = options.begun.value_or(UnitRange{0, plan.size()});
  std::vector<UnitRange> batches;
  // They begin at multiples of their size, wherever a share of them does.
  for (std::int64_t first = (begun.first + size - 1) / size * size;
       first < std::min(begun.last, plan.size()); first += size) {
    batches.push_back({first, std::min(first + size, plan.size())});
  }
  return batches;
}

void predict_snippets(const CrewModels& models, const LatentReader& rgb_latents,
                      const at::Tensor& noise, const SnippetPlan& plan,
                      const PredictorOptions& options, const SnippetSink& sink, CrewTasks& tasks) {
  for (const auto [first, last] : batches_of(plan, options)) {
    if (!is_wanted({first, last}, options)) {
      if (!options.begun) tasks.skip(last - first);
      continue;
    }
    const std::int64_t frames_per_call = options.max_vae_frames;
    tasks.submit(last - first,
                 [&, first = first, last = last, frames_per_call](std::size_t member) {
                   DepthModel& model = *models[member];
                   const at::Tensor maps =
                       predict_batch(model, rgb_latents, noise, plan, first, last, frames_per_call);
                   for (std::int64_t k = first; k < last; ++k) {
                     sink(k, maps.narrow(0, (k - first) * plan.length, plan.length));
                   }
                 });
  }
}

}  // namespace rollingdepth
