#include "rollingdepth/infer/snippet_predictor.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rollingdepth/base/error.hpp"
#include "rollingdepth/infer/vae.hpp"

namespace rollingdepth {
namespace {

// Frame indices of snippets [first, last) one after the other, int64 [B*L].
at::Tensor frame_indices(const SnippetPlan& plan, std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> indices;
  for (std::int64_t k = first; k < last; ++k) {
    const auto& row = plan.rows[static_cast<std::size_t>(k)];
    indices.insert(indices.end(), row.begin(), row.end());
  }
  return at::tensor(indices, at::kLong);
}

// Decodes [F, C, h, w] in calls of at most `batch` frames to [F, H, W].
at::Tensor decode_in_batches(DepthModel& model, const at::Tensor& latents, std::int64_t batch) {
  std::vector<at::Tensor> maps;
  for (const at::Tensor& part : latents.split(batch)) {
    maps.push_back(decode_depth(model, part).squeeze(1));
  }
  return at::cat(maps);
}

}  // namespace

at::Tensor initial_noise(std::int64_t seed, std::int64_t channels, std::int64_t height,
                         std::int64_t width) {
  at::Generator generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed));
  return at::randn({1, channels, height, width}, generator, at::TensorOptions(at::kFloat));
}

at::Tensor denoise_snippets(DepthModel& model, const at::Tensor& rgb_latents,
                            const at::Tensor& depth_latents, const SnippetPlan& plan,
                            std::int64_t first, std::int64_t last, std::int64_t timestep) {
  const at::Tensor frames = frame_indices(plan, first, last);
  const at::Tensor rgb =
      rgb_latents.index_select(0, frames.to(rgb_latents.device())).to(model.device());
  const at::Tensor depth = depth_latents.size(0) == 1
                               ? depth_latents.expand_as(rgb)
                               : depth_latents.index_select(0, frames.to(depth_latents.device()));
  const at::Tensor sample = at::cat({rgb, depth.to(model.device(), model.dtype())}, 1);
  return with_context(ErrorKind::kDevice,
                      "cannot run the UNet on " + std::to_string(last - first) + " snippets of " +
                          std::to_string(plan.length) + " frames (" + std::to_string(plan.size()) +
                          " in all)",
                      [&] { return model.denoise(sample, timestep, plan.length).to(at::kFloat); });
}

void predict_snippets(DepthModel& model, const at::Tensor& rgb_latents, const at::Tensor& noise,
                      const SnippetPlan& plan, const PredictorOptions& options,
                      const SnippetSink& sink, Progress& progress) {
  const DdimScheduler scheduler(model.info().scheduler);
  const std::int64_t timestep = scheduler.timesteps(1).front();
  const at::Tensor start = noise.to(model.device());
  for (std::int64_t first = 0; first < plan.size(); first += options.max_snippets) {
    progress.check_cancelled();
    const std::int64_t last = std::min(first + options.max_snippets, plan.size());
    const at::Tensor output =
        denoise_snippets(model, rgb_latents, start, plan, first, last, timestep);
    const at::Tensor latents = scheduler.step(output, timestep, start.expand_as(output), 1);
    const at::Tensor maps = decode_in_batches(model, latents, options.max_vae_frames);
    for (std::int64_t k = first; k < last; ++k) {
      sink(k, maps.narrow(0, (k - first) * plan.length, plan.length));
    }
  }
}

}  // namespace rollingdepth
