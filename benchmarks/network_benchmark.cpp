// The networks of a model package by size and dtype, batches as a run makes them:
//   network_benchmark --model=PACKAGE --device=cpu --dtype=fp32 --size=768x432
//       --benchmark_filter=decode
// Prints seconds a call and frames a second; --benchmark_format=json for tools.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "rollingdepth/base/error.hpp"
#include "rollingdepth/infer/device.hpp"
#include "rollingdepth/infer/model.hpp"
#include "rollingdepth/infer/vae.hpp"

namespace rollingdepth {
namespace {

struct Settings {
  std::string model;
  std::string device = "auto";
  std::string dtype = "auto";
  std::int64_t width_px = 768;
  std::int64_t height_px = 432;
  std::int64_t frames = 4;  // Of an encoder or decoder call.
  std::int64_t snippets = 1;
  int threads = 0;
};

constexpr std::int64_t kLength = 3;

at::Tensor noise(c10::IntArrayRef shape) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(1));
}

/// Pages that this process touched for the first time, or anew, so far.
double page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_minflt);
}

/// Times `call`; before that it runs once, which packs weights and takes memory. Steady calls
/// should touch no new pages: `faults` counts those of a call.
template <class Call>
void measure(benchmark::State& state, std::int64_t items, Call&& call) {
  benchmark::DoNotOptimize(call());
  const double before = page_faults();
  for (auto _ : state) benchmark::DoNotOptimize(call());
  state.counters["faults"] =
      benchmark::Counter(page_faults() - before, benchmark::Counter::kAvgIterations);
  state.SetItemsProcessed(state.iterations() * items);
}

void encode(benchmark::State& state, DepthModel& model, const Settings& settings) {
  const at::Tensor frames =
      noise({settings.frames, 3, settings.height_px, settings.width_px}).clamp(-1, 1);
  measure(state, settings.frames, [&] { return encode_rgb(model, frames).cpu(); });
}

void denoise(benchmark::State& state, DepthModel& model, const Settings& settings) {
  const std::int64_t cell = model.info().downscale;
  const at::Tensor sample = noise({settings.snippets * kLength, 2 * model.info().latent_channels,
                                   settings.height_px / cell, settings.width_px / cell})
                                .to(model.device(), model.dtype());
  measure(state, settings.snippets, [&] { return model.denoise(sample, 999, kLength).cpu(); });
}

void decode(benchmark::State& state, DepthModel& model, const Settings& settings) {
  const std::int64_t cell = model.info().downscale;
  const at::Tensor latents = noise({settings.frames, model.info().latent_channels,
                                    settings.height_px / cell, settings.width_px / cell});
  measure(state, settings.frames, [&] { return decode_depth(model, latents); });
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
      settings.frames = std::stoll(frames);
    } else if (const auto snippets = value("snippets"); !snippets.empty()) {
      settings.snippets = std::stoll(snippets);
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
  for (const auto& [name, work] :
       {std::pair{"encode", &encode}, {"denoise", &denoise}, {"decode", &decode}}) {
    benchmark::RegisterBenchmark(name, work, std::ref(*model), std::cref(settings))
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  }
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
