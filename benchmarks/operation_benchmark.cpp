// What the networks compute between their convolutions, ours beside LibTorch's own operators, with
// the sizes of the full-size network at 768 x 432:
//   operation_benchmark --benchmark_filter=attention
// Prints GFLOP/s of the two products of attention, and numbers a second of the rest. Threads as
// OMP_NUM_THREADS says.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "nn/cpu/operations.hpp"
#include "nn/device.hpp"

namespace rollingdepth {
namespace {

at::Tensor noise(c10::IntArrayRef shape, c10::ScalarType dtype) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(1)).to(dtype);
}

enum class Whose { kOurs, kTorch };

/// One head of five, 64 wide, over the tokens of a snippet: the UNet's first level.
void attention(benchmark::State& state, Whose whose, c10::ScalarType dtype) {
  const std::int64_t tokens = state.range(0);
  const std::int64_t width = state.range(1);
  const at::Tensor x = noise({1, tokens, width}, dtype);
  const at::Tensor q = x.unflatten(2, {1, width}).transpose(1, 2);
  for (auto _ : state) {
    benchmark::DoNotOptimize(whose == Whose::kOurs ? cpu::attention(q, q, q)
                                                   : at::scaled_dot_product_attention(q, q, q));
  }
  const double flop = 4.0 * static_cast<double>(tokens * tokens * width);
  state.counters["GFLOP/s"] = benchmark::Counter(
      flop * 1e-9 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

/// GroupNorm and SiLU over a picture of the decoder.
void group_norm(benchmark::State& state, Whose whose, c10::ScalarType dtype) {
  const std::int64_t channels = state.range(0);
  const at::Tensor x = noise({1, channels, state.range(1), state.range(2)}, dtype)
                           .contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor weight = noise({channels}, dtype);
  for (auto _ : state) {
    benchmark::DoNotOptimize(whose == Whose::kOurs
                                 ? cpu::normalize_groups(x, 32, weight, weight, 1e-6, true)
                                 : at::silu(at::group_norm(x, 32, weight, weight, 1e-6)));
  }
  state.SetItemsProcessed(state.iterations() * x.numel());
}

/// The gated middle of the UNet's first level.
void gated_gelu(benchmark::State& state, Whose whose, c10::ScalarType dtype) {
  const at::Tensor x = noise({state.range(0), 2 * state.range(1)}, dtype);
  for (auto _ : state) {
    if (whose == Whose::kOurs) {
      benchmark::DoNotOptimize(cpu::gated_gelu(x));
    } else {
      const std::vector<at::Tensor> halves = x.chunk(2, -1);
      benchmark::DoNotOptimize(halves[0] * at::gelu(halves[1]));
    }
  }
  state.SetItemsProcessed(state.iterations() * x.numel());
}

void add(const char* name, void (*work)(benchmark::State&, Whose, c10::ScalarType),
         const std::vector<std::vector<std::int64_t>>& sizes) {
  for (const auto& [dtype, suffix] : {std::pair{at::kBFloat16, "bf16"}, {at::kFloat, "fp32"}}) {
    for (const auto& [whose, label] : {std::pair{Whose::kTorch, "torch"}, {Whose::kOurs, "ours"}}) {
      if (whose == Whose::kOurs && !cpu::has_fast_operations(dtype)) continue;
      const std::string title = std::string(name) + "/" + suffix + "/" + label;
      auto* const row = benchmark::RegisterBenchmark(title.c_str(), work, whose, dtype);
      for (const auto& size : sizes) row->Args(size);
      row->Unit(benchmark::kMillisecond)->UseRealTime();
    }
  }
}

}  // namespace
}  // namespace rollingdepth

int main(int argc, char** argv) {
  using namespace rollingdepth;
  keep_freed_memory();
  add("attention", &attention, {{15552, 64}, {3888, 64}, {972, 64}, {5184, 512}});
  add("group_norm", &group_norm, {{128, 432, 768}, {512, 108, 192}});
  add("gated_gelu", &gated_gelu, {{15552, 1280}});
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
