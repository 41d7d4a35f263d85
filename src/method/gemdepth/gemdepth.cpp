#include "method/gemdepth/gemdepth.hpp"

#include <algorithm>
#include <utility>

#include "method/windows/window_forecast.hpp"
#include "method/windows/window_run.hpp"
#include "nn/batch_sizes.hpp"
#include "nn/device.hpp"

namespace rollingdepth::gemdepth {
namespace {

// Parameters, with what converting and packing them leaves unused between them.
constexpr double kParameterCopies = 1.4;
// What a call of the encoder or the decoder holds besides, for each pixel and frame of it; the
// second of what is in float32 always.
constexpr double kValuesPerPixel = 36;
constexpr double kFloat32BytesPerPixel = 32;
// Of all tokens of a window at once, values for each number of a token: what the spatio-temporal
// blocks and the temporal modules hold, with their wide layers. Fits to peaks measured on CPU with
// windows of 8 at 504 x 280 and 518 x 518.
constexpr double kValuesPerToken = 18;

}  // namespace

GemDepth::GemDepth(Package package, Options options)
    : package_(std::move(package)), info_(read_info(package_)), options_(std::move(options)) {
  options_.validate();
}

FrameSize GemDepth::processing_size(FrameSize input) const {
  return network_size(input, options_.clip.res_px);
}

FrameSize GemDepth::output_size(FrameSize input) const {
  return options_.clip.restore_res ? input : processing_size(input);
}

DepthMethod::Plan GemDepth::plan(const ClipShape& clip) const {
  return {.units = window_plan(shape(), clip.frames), .warnings = {}};
}

Forecast GemDepth::forecast(const ClipShape& clip, c10::ScalarType /*dtype*/) const {
  return window_forecast(shape(), clip.frames, output_size(clip.size));
}

std::vector<UnitRecords> GemDepth::unit_records(const ClipShape& clip,
                                                c10::ScalarType /*dtype*/) const {
  return window_records(shape(), clip.frames, output_size(clip.size));
}

BatchSizes GemDepth::batch_sizes(FrameSize input, c10::Device device, c10::ScalarType dtype,
                                 std::uint64_t parameters_bytes) const {
  return resolve_batch_sizes({.vae_frames = options_.frames_per_call, .snippets = 1}, device,
                             info_.widest_dtype(dtype), processing_size(input),
                             /*snippet_length=*/1, parameters_bytes);
}

// Of the networks that are loaded, each in its dtype.
double GemDepth::parameter_bytes(c10::ScalarType dtype) const {
  double bytes = 0;
  for (const std::string& name : network_names(options_.pose)) {
    const auto& file = package_.document.at("files").at(name + ".ts");
    bytes += file.at("bytes").get<double>() / static_cast<double>(info_.stored_bytes) *
             static_cast<double>(c10::elementSize(info_.network_dtype(name, dtype)));
  }
  return bytes * kParameterCopies;
}

NetworkMemory GemDepth::network_memory(FrameSize input, std::optional<std::int64_t> /*frames*/,
                                       std::uint64_t /*file_bytes*/, c10::Device device,
                                       c10::ScalarType dtype) const {
  const FrameSize size = processing_size(input);
  const FrameNumbers numbers(info_, size);
  const auto bytes_of = [&](const char* network) {
    return static_cast<double>(c10::elementSize(info_.network_dtype(network, dtype)));
  };
  const double parameters = parameter_bytes(dtype);
  const BatchSizes batch =
      batch_sizes(input, device, dtype, static_cast<std::uint64_t>(parameters));
  const auto window = static_cast<double>(options_.window_frames);
  const double in_model_dtype =
      static_cast<double>(numbers.tap() + (options_.pose ? numbers.frame_block() : 0));
  const double in_head_dtype = static_cast<double>(numbers.level3() + numbers.head().skips());
  const double kept =
      window * (in_model_dtype * bytes_of("encoder") + in_head_dtype * bytes_of("levels"));
  const double tokens = window * static_cast<double>(numbers.tap()) * kValuesPerToken *
                        std::max(bytes_of("astt"), bytes_of("temporal"));
  const double together = static_cast<double>(std::max<std::int64_t>(batch.vae_frames, 4));
  const auto pixels = static_cast<double>(size.width_px * size.height_px);
  const double calls =
      pixels * together * (kValuesPerPixel * bytes_of("encoder") + kFloat32BytesPerPixel);
  return {.parameter_bytes = parameters, .call_bytes = kept + std::max(tokens, calls)};
}

void GemDepth::load(const std::vector<c10::Device>& devices, c10::ScalarType dtype, bool tf32) {
  if (devices.front().is_cuda()) allow_tf32(tf32);
  for (const c10::Device device : devices) {
    networks_.add(std::make_shared<Networks>(package_, device, dtype, options_.pose));
  }
}

std::unique_ptr<MethodRun> GemDepth::begin(const MethodInput& input) {
  const std::vector<Networks*> networks = networks_.of(input.workers);
  return std::make_unique<WindowRun>(WindowSettings{.shape = shape(), .poses = options_.pose},
                                     CrewNetworks(networks.begin(), networks.end()), input,
                                     processing_size(input.size), output_size(input.size));
}

}  // namespace rollingdepth::gemdepth
