#include "method/video_depth_anything/video_depth_anything.hpp"

#include <algorithm>
#include <utility>

#include "base/byte_size.hpp"
#include "method/video_depth_anything/stream_run.hpp"
#include "method/windows/frames.hpp"
#include "method/windows/window_forecast.hpp"
#include "method/windows/window_run.hpp"
#include "nn/batch_sizes.hpp"
#include "nn/device.hpp"

namespace rollingdepth::vda {
namespace {

// Parameters, with what converting and packing them leaves unused between them.
constexpr double kParameterCopies = 1.3;
// What a call holds besides, for each pixel and frame of it: fits to peaks measured on CPU with the
// small model at 126 to 518 pixels; the second of what is in float32 always.
constexpr double kValuesPerPixel = 36;
constexpr double kFloat32BytesPerPixel = 32;
// Records of a causal run's states.
constexpr double kStatesKept = StreamStates::kSets * kMostStates;
// States in memory: those that are remembered, and what of them a frame sees, side by side.
constexpr std::int64_t kStatesInMemory = kMostStates + kLatestStates + 2;

}  // namespace

VideoDepthAnything::VideoDepthAnything(Package package, Options options)
    : package_(std::move(package)), info_(read_info(package_)), options_(std::move(options)) {
  options_.validate();
}

FrameSize VideoDepthAnything::processing_size(FrameSize input) const {
  return network_size(input, options_.clip.res_px);
}

FrameSize VideoDepthAnything::output_size(FrameSize input) const {
  return options_.clip.restore_res ? input : processing_size(input);
}

DepthValues VideoDepthAnything::values() const {
  return info_.metric ? DepthValues::kMetres : DepthValues::kRelativeInverse;
}

std::string VideoDepthAnything::unit() const {
  return options_.mode == Mode::kOffline ? "windows" : "frames";
}

DepthMethod::Plan VideoDepthAnything::plan(const ClipShape& clip) const {
  if (options_.mode == Mode::kStreaming) {
    return {.units = std::to_string(clip.frames) + ", each after those before", .warnings = {}};
  }
  return {.units = window_plan(kWindow, clip.frames), .warnings = {}};
}

Forecast VideoDepthAnything::forecast(const ClipShape& clip, c10::ScalarType dtype) const {
  const FrameSize output = output_size(clip.size);
  if (options_.mode == Mode::kOffline) return window_forecast(kWindow, clip.frames, output);
  const auto frames = static_cast<double>(clip.frames);
  const FrameNumbers numbers(info_, processing_size(clip.size));
  const double kept =
      frames * kept_bytes_per_frame(output) + kStatesKept * static_cast<double>(numbers.state()) *
                                                  static_cast<double>(c10::elementSize(dtype));
  return {.spool_peak_bytes = whole_bytes(kept),
          .spool_kept_bytes = whole_bytes(kept),
          .fuse_bytes = 0,
          .depth_bytes = whole_bytes(frames * float32_map_bytes(output))};
}

std::vector<UnitRecords> VideoDepthAnything::unit_records(const ClipShape& clip,
                                                          c10::ScalarType /*dtype*/) const {
  const FrameSize output = output_size(clip.size);
  if (options_.mode == Mode::kOffline) return window_records(kWindow, clip.frames, output);
  return {UnitRecords{.phase = "stream",
                      .unit = "frames",
                      .store = "merged",
                      .first = 0,
                      .units = clip.frames,
                      .record_bytes = output.width_px * output.height_px *
                                      static_cast<std::int64_t>(sizeof(float))}};
}

BatchSizes VideoDepthAnything::batch_sizes(FrameSize input, c10::Device device,
                                           c10::ScalarType dtype,
                                           std::uint64_t parameters_bytes) const {
  return resolve_batch_sizes({.vae_frames = options_.frames_per_call, .snippets = 1}, device,
                             info_.widest_dtype(dtype), processing_size(input),
                             /*snippet_length=*/1, parameters_bytes);
}

NetworkMemory VideoDepthAnything::network_memory(FrameSize input,
                                                 std::optional<std::int64_t> frames,
                                                 std::uint64_t file_bytes, c10::Device device,
                                                 c10::ScalarType dtype) const {
  const FrameSize size = processing_size(input);
  const FrameNumbers numbers(info_, size);
  const auto value_bytes = static_cast<double>(c10::elementSize(dtype));
  const double parameter_bytes = static_cast<double>(file_bytes) /
                                 static_cast<double>(info_.stored_bytes) * value_bytes *
                                 kParameterCopies;
  const bool offline = options_.mode == Mode::kOffline;
  const auto kept = static_cast<double>(offline ? numbers.features() * kWindowFrames
                                                : numbers.state() * kStatesInMemory);
  const BatchSizes batch =
      batch_sizes(input, device, dtype, static_cast<std::uint64_t>(parameter_bytes));
  const std::int64_t most = std::max(batch.vae_frames, offline ? kWindowFrames : 1);
  const auto together = static_cast<double>(std::min(frames.value_or(most), most));
  const auto pixels = static_cast<double>(size.width_px * size.height_px);
  return {
      .parameter_bytes = parameter_bytes,
      .call_bytes = kept * value_bytes +
                    pixels * together * (kValuesPerPixel * value_bytes + kFloat32BytesPerPixel)};
}

void VideoDepthAnything::load(const std::vector<c10::Device>& devices, c10::ScalarType dtype,
                              bool tf32) {
  if (devices.front().is_cuda()) allow_tf32(tf32);
  for (const c10::Device device : devices) {
    networks_.add(std::make_shared<Networks>(package_, device, dtype));
  }
}

std::unique_ptr<MethodRun> VideoDepthAnything::begin(const MethodInput& input) {
  const FrameSize size = processing_size(input.size);
  const FrameSize output = output_size(input.size);
  const std::vector<Networks*> networks = networks_.of(input.workers);
  if (options_.mode == Mode::kStreaming) {
    return std::make_unique<StreamRun>(networks, input, size, output);
  }
  WindowSettings settings{
      .shape = kWindow, .metric = info_.metric, .mode = {{"mode", to_string(Mode::kOffline)}}};
  return std::make_unique<WindowRun>(
      std::move(settings), CrewNetworks(networks.begin(), networks.end()), input, size, output);
}

}  // namespace rollingdepth::vda
