// Co-alignment and merge by number of frames, at 768x432 with dilations 1 and 25:
//   build/release/benchmarks/align_benchmark --benchmark_filter=irls
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cmath>
#include <string>
#include <vector>

#include "align/co_align.hpp"
#include "align/snippet_plan.hpp"
#include "merge/merge_frame.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kHeightPx = 432;
constexpr std::int64_t kWidthPx = 768;
constexpr std::int64_t kLength = 3;

/// Samples of a moving scene, every snippet with a scale and shift of its own and 1 % noise.
std::vector<SnippetSamples> make_samples(std::int64_t frames, const CoAlignOptions& options) {
  std::vector<SnippetSamples> snippets;
  std::int64_t maps = 0;
  for (const std::int64_t dilation : {1, 25}) {
    snippets.push_back(
        {plan_snippets({.frames = frames, .length = kLength, .dilation = dilation}), {}});
    maps += snippets.back().plan.size() * kLength;
  }
  const int stride = options.sample_stride_px(kHeightPx, kWidthPx, maps);
  const at::Tensor rows = at::arange(2, kHeightPx - 2, stride, at::kFloat).div(kHeightPx);
  const at::Tensor columns = at::arange(2, kWidthPx - 2, stride, at::kFloat).div(kWidthPx);
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(1);
  for (SnippetSamples& entry : snippets) {
    entry.samples = at::empty({entry.plan.size(), kLength, rows.numel(), columns.numel()});
    for (std::int64_t k = 0; k < entry.plan.size(); ++k) {
      for (std::int64_t l = 0; l < kLength; ++l) {
        const double phase = 0.05 * static_cast<double>(k + l * entry.plan.dilation);
        const at::Tensor truth =
            0.5 + 0.4 * rows.view({-1, 1}) + 0.2 * at::sin(6 * columns + phase);
        at::Tensor map = entry.samples[k][l];
        map.normal_(0, 0.01, generator);
        map.add_(truth).mul_(1 + 0.3 * std::sin(1.7 * static_cast<double>(k))).add_(0.2);
      }
    }
  }
  return snippets;
}

void solve(benchmark::State& state, const std::string& quality, Aligner aligner) {
  CoAlignOptions options = co_align_options(quality, aligner);
  if (aligner == Aligner::kAdam) options.patience = 0;  // All 2000 steps of `paper`.
  const auto snippets = make_samples(state.range(0), options);
  SilentProgress progress;
  CoAlignSummary summary;
  for (auto _ : state) summary = co_align(snippets, options, progress).summary;
  state.counters["rounds"] = summary.steps;
  double bytes = 0;
  for (const SnippetSamples& entry : snippets) bytes += static_cast<double>(entry.samples.nbytes());
  state.counters["sample_MB"] = bytes / 1e6;
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MB"] = static_cast<double>(usage.ru_maxrss) / 1e3;
}

void merge(benchmark::State& state, MergeMethod method) {
  // One frame of six maps, again and again: the work is the same for every frame.
  const at::Tensor maps = at::rand({6, kHeightPx, kWidthPx});
  const std::vector<SnippetAffine> affines = {
      {at::full({6}, 1.1), at::full({6}, 0.1), at::ones({6, 1})}};
  std::vector<CoveringMap> covering;
  for (std::int64_t k = 0; k < 6; ++k) covering.push_back({0, k, 0});
  const MergeOptions options{.method = method, .minimum = 0, .noise = 0.05};
  for (auto _ : state) {
    for (std::int64_t frame = 0; frame < state.range(0); ++frame) {
      benchmark::DoNotOptimize(merge_frame(
          covering, affines, options, [&](const CoveringMap& map) { return maps[map.snippet]; }));
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK_CAPTURE(solve, irls_fast, "fast", Aligner::kIrls)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(solve, irls_balanced, "balanced", Aligner::kIrls)
    ->Arg(100)
    ->Arg(300)
    ->Arg(1000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(solve, irls_quality, "quality", Aligner::kIrls)
    ->Arg(100)
    ->Arg(300)
    ->Arg(1000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(solve, adam_2000_steps, "paper", Aligner::kAdam)
    ->Arg(100)
    ->Arg(300)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(merge, weighted, MergeMethod::kWeighted)
    ->Arg(10)
    ->Arg(100)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(merge, mean, MergeMethod::kMean)
    ->Arg(10)
    ->Arg(100)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(merge, median, MergeMethod::kMedian)
    ->Arg(10)
    ->Arg(100)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace rollingdepth
