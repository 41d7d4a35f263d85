#include "method/rolling_depth/spool_forecast.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <string>

#include "align/snippet_samples.hpp"
#include "base/byte_size.hpp"
#include "base/error.hpp"

namespace rollingdepth {
namespace {

constexpr auto kFloatBytes = static_cast<std::int64_t>(sizeof(float));
// A record's checksum.
constexpr std::int64_t kRecordBytes = 8;
// Shorter chunks lose more at their seams than they save.
constexpr std::int64_t kMinChunkFrames = 64;

// `bytes` of a whole chunk for `length` of its frames; their product need not fit.
std::int64_t share(std::int64_t bytes, std::int64_t length, std::int64_t chunk) {
  if (length == chunk) return bytes;
  return static_cast<std::int64_t>(static_cast<double>(bytes) * static_cast<double>(length) /
                                   static_cast<double>(chunk));
}

std::int64_t samples_of(const ClipPlan& plan, const PipelineOptions& options) {
  const std::int64_t maps = plan.distinct_snippets() * plan.snippet_length;
  const FrameSize size = plan.processing_size;
  const at::Tensor one = alignment_samples(
      at::empty({size.height_px, size.width_px}),
      options.align.sample_stride_px(size.height_px, size.width_px, maps), options.align.border_px);
  return maps * one.numel() * kFloatBytes;
}

}  // namespace

SpoolForecast forecast_spool(FrameSize input, std::int64_t frames, const ModelInfo& model,
                             std::size_t value_bytes, const PipelineOptions& options) {
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

  SpoolForecast forecast;
  forecast.sample_bytes = samples_of(plan, options);
  forecast.depth_bytes =
      frames * plan.output_size.width_px * plan.output_size.height_px * kFloatBytes;
  const auto outputs = static_cast<std::int64_t>(static_cast<double>(forecast.depth_bytes) /
                                                 sizeof(float) * options.output_bytes_per_pixel);
  std::int64_t merged = 0, samples = 0;
  for (std::int64_t first = 0; first == 0 || first + options.chunk_overlap < frames;
       first += advance) {
    const std::int64_t length = std::min(chunk, frames - first);
    samples += share(forecast.sample_bytes, length, chunk);
    // The maps of this chunk lie beside what was merged before; they go while it is merged.
    const std::int64_t chunk_maps = share(maps, length, chunk);
    const std::int64_t others = (first + length) * latent + samples + merged;
    const std::int64_t beside = options.keep_maps ? chunk_maps + length * depth_map
                                                  : std::max(chunk_maps, length * depth_map);
    forecast.peak_bytes = std::max(forecast.peak_bytes, others + beside);
    merged += length * depth_map;
  }
  const std::int64_t kept = frames * latent + samples + merged + (options.keep_maps ? maps : 0);
  forecast.disk_bytes = kept + outputs;
  forecast.disk_bytes = std::max(forecast.disk_bytes, forecast.peak_bytes);
  if (options.refine.steps == 0) return forecast;
  const std::int64_t length = std::min(options.refine.snippet_length, frames);
  const std::int64_t step = frames * length * latent_values * kFloatBytes;
  const std::int64_t steps = options.refine.steps > 1 ? 2 * step : step;
  const std::int64_t encoded = frames * latent_values * value;
  const std::int64_t refined = frames * depth_map;
  forecast.peak_bytes =
      std::max(forecast.peak_bytes, kept + encoded + std::max(steps, step + refined));
  forecast.disk_bytes = std::max(forecast.peak_bytes, kept + encoded + step + refined + outputs);
  return forecast;
}

void require_disk_space(FrameSize input, std::int64_t frames, const ModelInfo& model,
                        std::size_t value_bytes, const PipelineOptions& options,
                        std::int64_t there_bytes) {
  const auto needed = [&](const PipelineOptions& asked) {
    const std::int64_t bytes = forecast_spool(input, frames, model, value_bytes, asked).disk_bytes;
    // Without a job the first part stays in memory.
    const std::int64_t in_memory = asked.spool.job ? 0 : asked.spool.memory_limit_bytes;
    return std::max<std::int64_t>(bytes - there_bytes - in_memory, 0);
  };
  std::error_code problem;
  const std::filesystem::space_info space = std::filesystem::space(options.spool.folder, problem);
  if (problem) return;  // A file system that does not say; writing will tell.
  const auto free = static_cast<std::int64_t>(
      std::min<std::uintmax_t>(space.available, std::numeric_limits<std::int64_t>::max()));
  const std::int64_t needed_bytes = needed(options);
  if (needed_bytes <= free) return;

  std::string advice = "; --spool-dir puts it elsewhere";
  PipelineOptions parts = options;
  parts.chunk_frames = options.keep_maps ? 0 : frames / 2;
  for (; parts.chunk_frames >= kMinChunkFrames; parts.chunk_frames /= 2) {
    parts.chunk_overlap = default_chunk_overlap(parts.chunk_frames);
    const std::int64_t parts_bytes = needed(parts);
    if (parts_bytes > free) continue;
    advice += ", and with --chunk-frames " + std::to_string(parts.chunk_frames) + " it needs " +
              format_bytes(static_cast<double>(parts_bytes));
    break;
  }
  throw Error(ErrorKind::kOutput,
              "cannot start: " + std::to_string(frames) + " frames in " +
                  options.spool.folder.string() + " need " +
                  format_bytes(static_cast<double>(needed_bytes)) + ", and " +
                  format_bytes(static_cast<double>(free)) + " are free" + advice,
              Retry::kLater);
}

}  // namespace rollingdepth
