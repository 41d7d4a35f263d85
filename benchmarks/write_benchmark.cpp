// What is written, frames a second at 768x432: colour mapping alone, each kind of video, the array.
//   build/release/benchmarks/write_benchmark
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/operation_threads.hpp"
#include "media/npy.hpp"
#include "write/colormap.hpp"
#include "write/depth_files.hpp"
#include "write/video.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kWidthPx = 768;
constexpr std::int64_t kHeightPx = 432;
constexpr std::int64_t kFrames = 120;

// [H, W] in [0, 1]: a slope, with waves that move, so that an encoder has something to do.
at::Tensor depth_map(std::int64_t frame) {
  const at::Tensor rows = at::arange(kHeightPx, at::kFloat).div(kHeightPx).view({-1, 1});
  const at::Tensor columns = at::arange(kWidthPx, at::kFloat).div(kWidthPx);
  const double phase = 0.1 * static_cast<double>(frame);
  return 0.5 * rows + 0.25 + 0.2 * at::sin(20 * columns + phase) * at::sin(12 * rows - phase);
}

std::vector<at::Tensor> depth_maps() {
  std::vector<at::Tensor> maps;
  for (std::int64_t frame = 0; frame < kFrames; ++frame) maps.push_back(depth_map(frame));
  return maps;
}

/// Colour frames of the clip: the map in three shades, with a little grain.
class Colors final : public FrameSource {
 public:
  Colors() {
    info_.width_px = kWidthPx;
    info_.height_px = kHeightPx;
  }
  const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    Frame frame;
    frame.rgb = frames()[static_cast<std::size_t>(next_++ % kFrames)];
    return frame;
  }

 private:
  static const std::vector<at::Tensor>& frames() {
    static const std::vector<at::Tensor> frames = [] {
      std::vector<at::Tensor> made;
      for (const at::Tensor& map : depth_maps()) {
        const at::Tensor shades = at::stack({map, map.flip(1), map.flip(0)}) * 220;
        made.push_back((shades + at::rand_like(shades) * 6).to(at::kByte));
      }
      return made;
    }();
    return frames;
  }

  ClipInfo info_;
  std::int64_t next_ = 0;
};

void color_map(benchmark::State& state) {
  const at::Tensor table = colormap_table("Spectral_r");
  const at::Tensor map = depth_map(0);
  for (auto _ : state) benchmark::DoNotOptimize(colorize(map, 0, 1, table));
  state.SetItemsProcessed(state.iterations());
}

using MakeSink = std::function<std::unique_ptr<DepthSink>(const std::filesystem::path& file)>;

// Whole clips, from begin() to finish(), on one thread beside the encoder's own.
void write_clip(benchmark::State& state, const MakeSink& make) {
  const OperationThreads serial(1);  // As in a run.
  const std::vector<at::Tensor> maps = depth_maps();
  Colors().next();
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "write_benchmark.out";
  const DepthClipInfo info{.frames = kFrames,
                           .height_px = kHeightPx,
                           .width_px = kWidthPx,
                           .min = 0,
                           .max = 1,
                           .frame_rate = {.num = 24, .den = 1},
                           .time_base = {.num = 1, .den = 24}};
  for (auto _ : state) {
    const std::unique_ptr<DepthSink> sink = make(file);
    sink->begin(info);
    for (std::int64_t i = 0; i < kFrames; ++i) sink->write(maps[static_cast<std::size_t>(i)], i);
    sink->finish();
  }
  state.SetItemsProcessed(state.iterations() * kFrames);
  state.counters["bytes"] = static_cast<double>(std::filesystem::file_size(file));
  std::filesystem::remove(file);
}

void add(const char* name, MakeSink make) {
  benchmark::RegisterBenchmark(name, write_clip, std::move(make))
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

}  // namespace
}  // namespace rollingdepth

int main(int argc, char** argv) {
  using namespace rollingdepth;
  benchmark::RegisterBenchmark("color_map", color_map)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
  add("color_video", [](const std::filesystem::path& file) {
    return make_color_video_sink(file, "Spectral_r", std::nullopt);
  });
  add("side_by_side", [](const std::filesystem::path& file) {
    return make_side_by_side_sink(file, "Spectral_r", std::nullopt,
                                  {.open = [] { return std::make_unique<Colors>(); }});
  });
  add("npy", [](const std::filesystem::path& file) { return make_npy_sink(file); });
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
