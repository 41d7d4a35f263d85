#include "method/rolling_depth/rolling_depth.hpp"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/byte_size.hpp"
#include "base/value_checks.hpp"
#include "method/rolling_depth/clip_chunks.hpp"
#include "method/rolling_depth/clip_plan.hpp"
#include "method/rolling_depth/rolling_depth_run.hpp"
#include "method/rolling_depth/spool_forecast.hpp"
#include "nn/device.hpp"

namespace rollingdepth {
namespace {

// Fits to peaks measured on CPU with 12 to 3,000 frames, see docs/long-video.md. Values alive per
// pixel of every frame of a decoder call, at the widest point of the Stable Diffusion decoder (two
// maps of 256 channels and two of 128 at full size), and the parameters of that model. Channels
// grow with the square root of the parameters, which carries the figure over to smaller models,
// down to that of the default model.
constexpr double kReferenceValuesPerPixel = 768;
constexpr double kReferenceParameters = 950e6;
constexpr double kMinValuesPerPixel = 125;
// What the networks leave between them in the memory that is kept for them, at full size, whatever
// the number of frames in a call and the dtype; it grows with the parameters.
constexpr double kReferenceKeptBytesPerPixel = 5200;
// Parameters, with what converting them leaves unused between them.
constexpr double kParameterCopies = 1.1;
// What the fit keeps of a frame besides its samples.
constexpr double kAlignBytesPerFrame = 9000;
// Adam lays the samples out again, by frames; irls reads them where they are.
constexpr double kAdamCopies = 2;
// Shorter chunks lose more at their seams than they save.
constexpr std::int64_t kMinChunkFrames = 64;

std::vector<std::int64_t> dilations_of(const ClipPlan& plan) {
  std::vector<std::int64_t> dilations;
  for (const std::size_t entry : plan.entries) dilations.push_back(plan.dilations[entry].dilation);
  return dilations;
}

}  // namespace

RollingDepth::RollingDepth(std::filesystem::path package, ModelInfo info,
                           RollingDepthOptions options)
    : package_(std::move(package)), info_(std::move(info)), options_(std::move(options)) {
  options_.validate();
  check_model_supports(info_, options_);
}

RollingDepth::RollingDepth(DepthModel& model, RollingDepthOptions options)
    : RollingDepth({}, model.info(), std::move(options)) {
  models_.add(std::shared_ptr<DepthModel>(&model, [](DepthModel*) {}));
}

RollingDepth::~RollingDepth() = default;

FrameSize RollingDepth::processing_size(FrameSize input) const {
  return rollingdepth::processing_size(input, options_.clip.res_px, info_.downscale);
}

DepthMethod::Plan RollingDepth::plan(const ClipShape& clip) const {
  const ClipPlan plan = plan_clip(clip.size, clip.frames, info_, options_);
  return {.units = std::to_string(plan.snippets()) + " of " + std::to_string(plan.snippet_length) +
                   " frames, dilations " + join_numbers(dilations_of(plan)),
          .warnings = plan.warnings};
}

Forecast RollingDepth::forecast(const ClipShape& clip, c10::ScalarType dtype) const {
  Forecast forecast =
      forecast_spool(clip.size, clip.frames, info_, c10::elementSize(dtype), options_);
  const double copies = options_.align.aligner == Aligner::kAdam ? kAdamCopies : 1;
  const double fuse_bytes = static_cast<double>(forecast.fuse_bytes) * copies +
                            static_cast<double>(clip.frames) * kAlignBytesPerFrame;
  forecast.fuse_bytes = whole_bytes(fuse_bytes);
  return forecast;
}

std::vector<UnitRecords> RollingDepth::unit_records(const ClipShape& clip,
                                                    c10::ScalarType dtype) const {
  const std::vector<std::int64_t> latent = latent_shape(processing_size(clip.size), info_);
  std::vector<UnitRecords> records = {
      {.phase = "encode",
       .unit = "frames",
       .store = "latents",
       .first = 0,
       .units = clip.frames,
       .record_bytes =
           latent[0] * latent[1] * latent[2] * static_cast<std::int64_t>(c10::elementSize(dtype))}};
  for (const ClipChunk& chunk : chunks_of(options_, clip.frames)) {
    const ClipPlan plan = plan_clip(clip.size, chunk.frames, info_, options_);
    for (UnitRecords& snippets : snippet_records(chunk.name, plan, options_)) {
      records.push_back(std::move(snippets));
    }
  }
  return records;
}

std::vector<DepthMethod::Saving> RollingDepth::savings(const ClipShape& clip,
                                                       c10::ScalarType dtype) const {
  std::vector<Saving> savings;
  RollingDepthOptions parts = options_;
  parts.chunk_frames = options_.keep_maps ? 0 : clip.frames / 2;
  for (; parts.chunk_frames >= kMinChunkFrames; parts.chunk_frames /= 2) {
    parts.chunk_overlap = default_chunk_overlap(parts.chunk_frames);
    savings.push_back(
        {"--chunk-frames " + std::to_string(parts.chunk_frames),
         forecast_spool(clip.size, clip.frames, info_, c10::elementSize(dtype), parts)});
  }
  return savings;
}

BatchSizes RollingDepth::batch_sizes(FrameSize input, c10::Device device, c10::ScalarType dtype,
                                     std::uint64_t parameters_bytes) const {
  return resolve_batch_sizes(options_.batch, device, info_.widest_dtype(dtype),
                             processing_size(input), options_.snippet_length, parameters_bytes);
}

NetworkMemory RollingDepth::network_memory(FrameSize input, std::optional<std::int64_t> frames,
                                           std::uint64_t file_bytes, c10::Device device,
                                           c10::ScalarType dtype) const {
  const FrameSize size = processing_size(input);
  // Packages hold two bytes per parameter, or four; two errs upwards.
  const double parameters = static_cast<double>(file_bytes) / 2;
  const double share = parameters / kReferenceParameters;
  const double values_per_pixel = std::clamp(kReferenceValuesPerPixel * std::sqrt(share),
                                             kMinValuesPerPixel, kReferenceValuesPerPixel);
  const auto value_bytes = static_cast<double>(c10::elementSize(dtype));
  const auto widest_bytes = static_cast<double>(c10::elementSize(info_.widest_dtype(dtype)));
  const double parameter_bytes = parameters * value_bytes * kParameterCopies;
  const BatchSizes batch =
      batch_sizes(input, device, dtype, static_cast<std::uint64_t>(parameter_bytes));
  // A short clip fills no call.
  std::int64_t maps = batch.vae_frames;
  if (frames && *frames > 0) {
    const ClipPlan plan = plan_clip(input, *frames, info_, options_);
    maps = plan.distinct_snippets() * plan.snippet_length;
  }
  const auto call_frames = static_cast<double>(std::min(batch.vae_frames, maps));
  const auto pixels = static_cast<double>(size.width_px * size.height_px);
  return {.parameter_bytes = parameter_bytes,
          .call_bytes = pixels * (values_per_pixel * call_frames * widest_bytes +
                                  kReferenceKeptBytesPerPixel * share)};
}

void RollingDepth::load(const std::vector<c10::Device>& devices, c10::ScalarType dtype, bool tf32) {
  for (const c10::Device device : devices) models_.add(load_model(package_, device, dtype, tf32));
}

std::unique_ptr<MethodRun> RollingDepth::begin(const MethodInput& input) {
  RollingDepthOptions options = options_;
  options.batch = input.batch;
  options.keep_maps = options_.keep_maps || input.archive != nullptr;
  return std::make_unique<RollingDepthRun>(models_.of(input.workers), options, input);
}

}  // namespace rollingdepth
