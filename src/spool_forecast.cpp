#include "rollingdepth/spool_forecast.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "rollingdepth/base/byte_size.hpp"
#include "rollingdepth/base/error.hpp"

namespace rollingdepth {
namespace {

// A record's checksum.
constexpr std::int64_t kRecordBytes = 8;
// Shorter chunks lose more at their seams than they save.
constexpr std::int64_t kMinChunkFrames = 64;

std::int64_t samples_of(const ClipPlan& plan, const PipelineOptions& options) {
  const std::int64_t maps = plan.distinct_snippets() * plan.snippet_length;
  const FrameSize size = plan.processing_size;
  const std::int64_t stride = options.align.sample_stride_px(size.height_px, size.width_px, maps);
  const auto kept = [&](std::int64_t extent) {
    const std::int64_t inner = std::max<std::int64_t>(extent - 2 * options.align.border_px, 1);
    return (inner + stride - 1) / stride;
  };
  return maps * kept(size.height_px) * kept(size.width_px) *
         static_cast<std::int64_t>(sizeof(float));
}

}  // namespace

SpoolForecast forecast_spool(FrameSize input, std::int64_t frames, const ModelInfo& model,
                             std::size_t value_bytes, const PipelineOptions& options) {
  const std::int64_t chunk =
      options.chunk_frames > 0 ? std::min(options.chunk_frames, frames) : frames;
  const std::int64_t chunks =
      chunk < frames ? (frames - options.chunk_overlap - 1) / (chunk - options.chunk_overlap) + 1
                     : 1;
  const ClipPlan plan = plan_clip(input, chunk, model, options);
  const std::int64_t pixels = plan.processing_size.width_px * plan.processing_size.height_px;
  const std::int64_t latent_values =
      model.latent_channels * pixels / (model.downscale * model.downscale);

  SpoolForecast forecast;
  forecast.sample_bytes = samples_of(plan, options);
  forecast.depth_bytes = frames * plan.output_size.width_px * plan.output_size.height_px *
                         static_cast<std::int64_t>(sizeof(float));
  const std::int64_t latents =
      frames * (latent_values * static_cast<std::int64_t>(value_bytes) + 3 * kRecordBytes);
  // The last chunk may be a short one.
  const std::int64_t chunk_frames = frames + (chunks - 1) * options.chunk_overlap;
  const std::int64_t samples = forecast.sample_bytes * chunk_frames / chunk;
  const std::int64_t maps =
      plan.distinct_snippets() * plan.snippet_length *
      (static_cast<std::int64_t>(encoded_bytes(options.spool_dtype, pixels)) + kRecordBytes);
  const std::int64_t depth_map = pixels * static_cast<std::int64_t>(sizeof(float)) + kRecordBytes;
  const std::int64_t merged = chunk_frames * depth_map;
  // The maps of the last chunk lie beside what was merged before; they go while it is merged.
  forecast.peak_bytes = latents + samples + std::max(maps + merged - chunk * depth_map, merged);
  if (options.refine.steps > 0) {
    const std::int64_t length = std::min(options.refine.snippet_length, frames);
    const std::int64_t step =
        frames * length * latent_values * static_cast<std::int64_t>(sizeof(float));
    const std::int64_t encoded = frames * latent_values * static_cast<std::int64_t>(value_bytes);
    const std::int64_t steps = options.refine.steps > 1 ? 2 * step : step;
    const std::int64_t refined = frames * depth_map;
    forecast.peak_bytes = std::max(forecast.peak_bytes, latents + samples + merged + encoded +
                                                            std::max(steps, step + refined));
  }
  return forecast;
}

void require_disk_space(FrameSize input, std::int64_t frames, const ModelInfo& model,
                        std::size_t value_bytes, const PipelineOptions& options,
                        std::int64_t there_bytes) {
  const auto needed = [&](const PipelineOptions& asked) {
    const std::int64_t bytes = forecast_spool(input, frames, model, value_bytes, asked).peak_bytes;
    // Without a job the first part stays in memory.
    const std::int64_t in_memory = asked.spool.job ? 0 : asked.spool.memory_limit_bytes;
    return std::max<std::int64_t>(bytes - there_bytes - in_memory, 0);
  };
  std::error_code problem;
  const std::filesystem::space_info space = std::filesystem::space(options.spool.folder, problem);
  if (problem) return;  // A file system that does not say; writing will tell.
  const auto free = static_cast<std::int64_t>(
      std::min<std::uintmax_t>(space.available, std::numeric_limits<std::int64_t>::max()));
  if (needed(options) <= free) return;

  std::string advice = "; --spool-dir puts it elsewhere";
  PipelineOptions parts = options;
  for (parts.chunk_frames = frames / 2; parts.chunk_frames >= kMinChunkFrames;
       parts.chunk_frames /= 2) {
    parts.chunk_overlap = std::max<std::int64_t>(1, parts.chunk_frames / 10);
    if (needed(parts) > free) continue;
    advice += ", and with --chunk-frames " + std::to_string(parts.chunk_frames) + " it needs " +
              format_bytes(static_cast<double>(needed(parts)));
    break;
  }
  throw Error(ErrorKind::kOutput, "cannot start: the spool of " + std::to_string(frames) +
                                      " frames in " + options.spool.folder.string() + " needs " +
                                      format_bytes(static_cast<double>(needed(options))) +
                                      ", and " + format_bytes(static_cast<double>(free)) +
                                      " are free" + advice);
}

}  // namespace rollingdepth
