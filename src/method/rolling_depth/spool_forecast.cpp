#include "method/rolling_depth/spool_forecast.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

#include "align/snippet_samples.hpp"
#include "base/byte_size.hpp"
#include "merge/merged_maps.hpp"
#include "method/rolling_depth/clip_plan.hpp"

namespace rollingdepth {
namespace {

// Forecasts are in double: exact up to 9 PB, and more frames than there are need not fit 64 bits.
constexpr double kFloatBytes = sizeof(float);
constexpr double kRecordBytes = RecordFile::kHeaderBytes;
// What merging notes of a frame: the range of its map.
constexpr double kRangeBytes = MapRange::kBytes + kRecordBytes;

double samples_of(const ClipPlan& plan, const RollingDepthOptions& options) {
  const std::int64_t maps = plan.distinct_snippets() * plan.snippet_length;
  const FrameSize size = plan.processing_size;
  const at::Tensor one = alignment_samples(
      at::empty({1, 1}).expand({size.height_px, size.width_px}),
      options.align.sample_stride_px(size.height_px, size.width_px, maps), options.align.border_px);
  return static_cast<double>(maps) * static_cast<double>(one.numel()) * kFloatBytes;
}

// What chunks of a clip take, in bytes.
struct ChunkCosts {
  double frames = 0;     // Of the clip.
  double chunk = 0;      // Frames of a chunk,
  double advance = 0;    // and from one to the next.
  double latent = 0;     // Of a frame.
  double depth_map = 0;  // Merged, of a frame.
  double maps = 0;       // Of a whole chunk before they are merged.
  double samples = 0;    // The same.
  bool keep_maps = false;

  // The last one may be shorter.
  [[nodiscard]] double chunks() const {
    return frames <= chunk ? 1 : 1 + std::ceil((frames - chunk) / advance);
  }
  [[nodiscard]] double length(double index) const {
    return std::min(chunk, frames - index * advance);
  }
  [[nodiscard]] double share(double bytes, double index) const {
    return std::floor(bytes * length(index) / chunk);
  }
  // Of all chunks up to one.
  [[nodiscard]] double samples_to(double index) const {
    return index * samples + share(samples, index);
  }
  [[nodiscard]] double merged_to(double index) const {
    return (index * chunk + length(index)) * depth_map;
  }
  // While a chunk is merged: its maps lie beside what was merged before, and go meanwhile.
  [[nodiscard]] double peak(double index) const {
    const double before = merged_to(index) - length(index) * depth_map;
    const double others = (index * advance + length(index)) * latent + samples_to(index) + before;
    const double own = length(index) * depth_map, chunk_maps = share(maps, index);
    return others + (keep_maps ? chunk_maps + own : std::max(chunk_maps, own));
  }
};

}  // namespace

Forecast forecast_spool(FrameSize input, std::int64_t frames, const ModelInfo& model,
                        std::size_t value_bytes, const RollingDepthOptions& options) {
  const bool whole = options.chunk_frames == 0 || options.chunk_frames >= frames;
  const std::int64_t chunk = whole ? frames : options.chunk_frames;
  const ClipPlan plan = plan_clip(input, chunk, model, options);
  const std::int64_t pixels = plan.processing_size.width_px * plan.processing_size.height_px;
  const auto latent_values =
      static_cast<double>(model.latent_channels * pixels / (model.downscale * model.downscale));
  const auto value = static_cast<double>(value_bytes);
  const auto encoded_map = static_cast<double>(encoded_bytes(options.spool_dtype, pixels));
  const auto maps = static_cast<double>(plan.distinct_snippets() * plan.snippet_length);
  const ChunkCosts costs{
      .frames = static_cast<double>(frames),
      .chunk = static_cast<double>(chunk),
      .advance = static_cast<double>(whole ? frames : chunk - options.chunk_overlap),
      .latent = latent_values * value + 3 * kRecordBytes,
      .depth_map = static_cast<double>(pixels) * kFloatBytes + kRecordBytes + kRangeBytes,
      .maps = maps * (encoded_map + kRecordBytes),
      .samples = samples_of(plan, options),
      .keep_maps = options.keep_maps};

  const double depth = costs.frames * static_cast<double>(plan.output_size.width_px) *
                       static_cast<double>(plan.output_size.height_px);
  // What lies there grows from chunk to chunk, but for the last, which may be shorter.
  const double last = costs.chunks() - 1;
  double peak = std::max(costs.peak(last), costs.peak(std::max(last - 1, 0.0)));
  double kept = costs.frames * costs.latent + costs.samples_to(last) + costs.merged_to(last) +
                (options.keep_maps ? costs.maps : 0);
  if (options.refine.steps > 0) {
    const std::int64_t length = std::min(options.refine.snippet_length, frames);
    const double step = costs.frames * static_cast<double>(length) * latent_values * kFloatBytes;
    const double steps = options.refine.steps > 1 ? 2 * step : step;
    const double encoded = costs.frames * latent_values * value;
    const double refined = costs.frames * costs.depth_map;
    peak = std::max(peak, kept + encoded + std::max(steps, step + refined));
    kept += encoded + step + refined;
  }
  return {.spool_peak_bytes = whole_bytes(peak),
          .spool_kept_bytes = whole_bytes(kept),
          .fuse_bytes = whole_bytes(costs.samples),
          .depth_bytes = whole_bytes(depth * kFloatBytes)};
}

}  // namespace rollingdepth
