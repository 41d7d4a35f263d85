#include "method/rolling_depth/spool_forecast.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "align/snippet_samples.hpp"
#include "method/rolling_depth/clip_plan.hpp"

namespace rollingdepth {
namespace {

constexpr auto kFloatBytes = static_cast<std::int64_t>(sizeof(float));
// A record's checksum.
constexpr std::int64_t kRecordBytes = 8;

// `bytes` of a whole chunk for `length` of its frames; their product need not fit.
std::int64_t share(std::int64_t bytes, std::int64_t length, std::int64_t chunk) {
  if (length == chunk) return bytes;
  return static_cast<std::int64_t>(static_cast<double>(bytes) * static_cast<double>(length) /
                                   static_cast<double>(chunk));
}

std::int64_t samples_of(const ClipPlan& plan, const RollingDepthOptions& options) {
  const std::int64_t maps = plan.distinct_snippets() * plan.snippet_length;
  const FrameSize size = plan.processing_size;
  const at::Tensor one = alignment_samples(
      at::empty({size.height_px, size.width_px}),
      options.align.sample_stride_px(size.height_px, size.width_px, maps), options.align.border_px);
  return maps * one.numel() * kFloatBytes;
}

}  // namespace

Forecast forecast_spool(FrameSize input, std::int64_t frames, const ModelInfo& model,
                        std::size_t value_bytes, const RollingDepthOptions& options) {
  const bool whole = options.chunk_frames == 0 || options.chunk_frames >= frames;
  const std::int64_t chunk = whole ? frames : options.chunk_frames;
  const std::int64_t advance = whole ? frames : chunk - options.chunk_overlap;
  const ClipPlan plan = plan_clip(input, chunk, model, options);
  const std::int64_t pixels = plan.processing_size.width_px * plan.processing_size.height_px;
  const std::int64_t latent_values =
      model.latent_channels * pixels / (model.downscale * model.downscale);
  const auto value = static_cast<std::int64_t>(value_bytes);
  const std::int64_t latent = latent_values * value + 3 * kRecordBytes;
  const std::int64_t depth_map = pixels * kFloatBytes + kRecordBytes;
  const std::int64_t maps =
      plan.distinct_snippets() * plan.snippet_length *
      (static_cast<std::int64_t>(encoded_bytes(options.spool_dtype, pixels)) + kRecordBytes);

  Forecast forecast;
  forecast.fuse_bytes = samples_of(plan, options);
  forecast.depth_bytes =
      frames * plan.output_size.width_px * plan.output_size.height_px * kFloatBytes;
  std::int64_t merged = 0, samples = 0;
  for (std::int64_t first = 0; first == 0 || first + options.chunk_overlap < frames;
       first += advance) {
    const std::int64_t length = std::min(chunk, frames - first);
    samples += share(forecast.fuse_bytes, length, chunk);
    // The maps of this chunk lie beside what was merged before; they go while it is merged.
    const std::int64_t chunk_maps = share(maps, length, chunk);
    const std::int64_t others = (first + length) * latent + samples + merged;
    const std::int64_t beside = options.keep_maps ? chunk_maps + length * depth_map
                                                  : std::max(chunk_maps, length * depth_map);
    forecast.spool_peak_bytes = std::max(forecast.spool_peak_bytes, others + beside);
    merged += length * depth_map;
  }
  const std::int64_t kept = frames * latent + samples + merged + (options.keep_maps ? maps : 0);
  forecast.spool_kept_bytes = kept;
  if (options.refine.steps == 0) return forecast;
  const std::int64_t length = std::min(options.refine.snippet_length, frames);
  const std::int64_t step = frames * length * latent_values * kFloatBytes;
  const std::int64_t steps = options.refine.steps > 1 ? 2 * step : step;
  const std::int64_t encoded = frames * latent_values * value;
  const std::int64_t refined = frames * depth_map;
  forecast.spool_peak_bytes =
      std::max(forecast.spool_peak_bytes, kept + encoded + std::max(steps, step + refined));
  forecast.spool_kept_bytes = kept + encoded + step + refined;
  return forecast;
}

}  // namespace rollingdepth
