// The networks of a model package by size, dtype and batch:
//   network_benchmark --model=PACKAGE --device=cpu --dtype=fp32 --size=768x432 --frames=1,4
//       --benchmark_filter=decode
// Prints milliseconds a call, and frames (of `denoise`: snippets) a second, for each batch:
// decode/4 is a call with four frames. On a GPU also its memory at the largest, weights included.
// --benchmark_format=json for tools.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/formatted.hpp"
#include "gpu_memory.hpp"
#include "method/rolling_depth/model.hpp"
#include "method/rolling_depth/vae.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

struct Settings {
  std::string model;
  std::string device = "auto";
  std::string dtype = "auto";
  std::int64_t width_px = 768;
  std::int64_t height_px = 432;
  std::vector<std::int64_t> frames = {4};  // Of an encoder or decoder call, ascending.
  std::vector<std::int64_t> snippets = {1};
  std::int64_t length = 3;  // Of a snippet.
  int threads = 0;
};

at::Tensor noise(c10::IntArrayRef shape) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(1));
}

// Pages that this process touched for the first time, or anew, so far.
double page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_minflt);
}

// Times `call`, which handles `count` frames or snippets. The first call of a shape is left out:
// cuDNN measures its kernels in it, on CPU weights are packed and memory is taken. Later ones
// should touch no new pages: `faults` counts those of a call.
template <class Call>
void time_calls(benchmark::State& state, const DepthModel& model, std::int64_t count, Call call) {
  benchmark::DoNotOptimize(call());
  reset_peak_gpu_memory(model.device());
  const double faults_before = page_faults();
  for (auto _ : state) benchmark::DoNotOptimize(call());
  state.counters["faults"] =
      benchmark::Counter(page_faults() - faults_before, benchmark::Counter::kAvgIterations);
  state.SetItemsProcessed(state.iterations() * count);
  if (const auto bytes = peak_gpu_memory_bytes(model.device())) {
    state.counters["peak_memory_bytes"] = static_cast<double>(*bytes);
  }
}

void encode(benchmark::State& state, DepthModel& model, const Settings& settings,
            std::int64_t frames) {
  const at::Tensor rgb = noise({frames, 3, settings.height_px, settings.width_px}).clamp(-1, 1);
  time_calls(state, model, frames, [&] { return encode_rgb(model, rgb).cpu(); });
}

void denoise(benchmark::State& state, DepthModel& model, const Settings& settings,
             std::int64_t snippets) {
  const std::int64_t cell = model.info().downscale;
  const at::Tensor sample = noise({snippets * settings.length, 2 * model.info().latent_channels,
                                   settings.height_px / cell, settings.width_px / cell})
                                .to(model.device(), model.dtype());
  time_calls(state, model, snippets,
             [&] { return model.denoise(sample, 999, settings.length).cpu(); });
}

void decode(benchmark::State& state, DepthModel& model, const Settings& settings,
            std::int64_t frames) {
  const std::int64_t cell = model.info().downscale;
  const at::Tensor latents = noise(
      {frames, model.info().latent_channels, settings.height_px / cell, settings.width_px / cell});
  time_calls(state, model, frames, [&] { return decode_depth(model, latents); });
}

// 1,2,4
std::vector<std::int64_t> numbers_in(const std::string& text) {
  std::vector<std::int64_t> numbers;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) numbers.push_back(std::stoll(word));
  return numbers;
}

// Takes the arguments that are ours out of `arguments`.
Settings take_settings(std::vector<char*>& arguments) {
  Settings settings;
  std::vector<char*> left;
  for (char* argument : arguments) {
    const std::string word = argument;
    const auto value = [&](const char* name) {
      const std::string prefix = std::string("--") + name + "=";
      return word.starts_with(prefix) ? word.substr(prefix.size()) : std::string();
    };
    if (const auto text = value("model"); !text.empty()) {
      settings.model = text;
    } else if (const auto device = value("device"); !device.empty()) {
      settings.device = device;
    } else if (const auto dtype = value("dtype"); !dtype.empty()) {
      settings.dtype = dtype;
    } else if (const auto frames = value("frames"); !frames.empty()) {
      settings.frames = numbers_in(frames);
    } else if (const auto snippets = value("snippets"); !snippets.empty()) {
      settings.snippets = numbers_in(snippets);
    } else if (const auto length = value("length"); !length.empty()) {
      settings.length = std::stoll(length);
    } else if (const auto threads = value("threads"); !threads.empty()) {
      settings.threads = std::stoi(threads);
    } else if (const auto size = value("size"); !size.empty()) {
      settings.width_px = std::stoll(size);
      settings.height_px = std::stoll(size.substr(size.find('x') + 1));
    } else {
      left.push_back(argument);
    }
  }
  arguments = left;
  return settings;
}

int run(std::vector<char*> arguments) {
  const Settings settings = take_settings(arguments);
  if (settings.model.empty()) {
    std::fputs("network_benchmark: name a model package with --model=FOLDER\n", stderr);
    return 2;
  }
  const c10::Device device = resolve_device(settings.device);
  set_threads(settings.threads);
  if (device.is_cpu()) keep_freed_memory();
  const std::unique_ptr<DepthModel> model =
      load_model(settings.model, device, resolve_dtype(settings.dtype, device));
  for (const auto& [name, work, batches] : {std::tuple{"encode", &encode, settings.frames},
                                            {"denoise", &denoise, settings.snippets},
                                            {"decode", &decode, settings.frames}}) {
    for (const std::int64_t batch : batches) {
      const std::string title = formatted("%s/%d", name, static_cast<int>(batch));
      benchmark::RegisterBenchmark(title.c_str(), work, std::ref(*model), std::cref(settings),
                                   batch)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
  benchmark::AddCustomContext("device", device.str());
  benchmark::AddCustomContext("dtype", dtype_name(model->dtype()));
  auto count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace rollingdepth

int main(int argc, char** argv) {
  try {
    return rollingdepth::run({argv, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "network_benchmark: %s\n", rollingdepth::describe(error).c_str());
    return 1;
  }
}
