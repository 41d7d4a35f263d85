// A whole run on frames that are drawn in memory, so that neither files nor codecs count:
//   pipeline_benchmark --model=PACKAGE --device=cuda --size=768x432 --frames=60 --repeats=2
// Prints one JSON object: seconds of the first run and of the last, its stages, the GPU's memory.
//   --busy          One run more under LibTorch's profiler: how long the device computed while
//                   frames were encoded and snippets predicted.
//   --output=FILE   The depth as NPY, [frames, height, width].
//   --spool=FOLDER  What is worked out lies there, and the next run goes on with it.
//   --stop-after=N  Ends at the N-th place where a run may be interrupted.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/profiler_kineto.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gpu_memory.hpp"
#include "media/npy.hpp"
#include "method/rolling_depth/rolling_depth.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/run.hpp"
#include "write/depth_files.hpp"

namespace rollingdepth {
namespace {

namespace profiler = torch::autograd::profiler;
namespace profiling = torch::profiler::impl;
using Clock = std::chrono::steady_clock;

struct RunSettings {
  std::string model;
  std::string device = "auto";
  std::string dtype = "auto";
  FrameSize size = {768, 432};
  std::int64_t frames = 60;
  int repeats = 1;
  int threads = 0;
  bool busy = false;
  std::string output;
  std::string spool;
  int stop_after = -1;
};

// Waves that move; the same frame whenever it is asked for.
class Waves final : public FrameSource {
 public:
  Waves(FrameSize size, std::int64_t frames) : frames_(frames) {
    info_ = {.name = "waves",
             .width_px = size.width_px,
             .height_px = size.height_px,
             .frame_rate = {25, 1},
             .time_base = {1, 25},
             .frames_estimate = frames};
    across_ = at::arange(size.width_px, at::kFloat).mul(0.03).view({1, 1, -1});
    down_ = at::arange(size.height_px, at::kFloat).mul(0.05).view({1, -1, 1});
    colours_ = at::arange(3, at::kFloat).view({3, 1, 1});
  }
  const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (next_ == frames_) return std::nullopt;
    const auto time = static_cast<double>(next_) * 0.1;
    const at::Tensor level = at::sin(across_ + time) + at::cos(down_ - time + colours_);
    return Frame{(level * 60 + 127).to(at::kByte).contiguous(), next_++};
  }

 private:
  std::int64_t frames_;
  std::int64_t next_ = 0;
  ClipInfo info_;
  at::Tensor across_, down_, colours_;
};

// Throws Cancelled at the `stop_after`-th question; below 0 never.
class Stopping final : public Progress {
 public:
  explicit Stopping(int stop_after) : left_(stop_after) {}
  void begin(std::string_view, std::int64_t, std::string_view) override {}
  void advance(std::int64_t) override {}
  void end(std::string_view) override {}
  void warn(const std::string& message) override {
    std::fprintf(stderr, "warning: %s\n", message.c_str());
  }
  void check_cancelled() override {
    if (left_-- == 0) throw Cancelled();
  }

 private:
  int left_;
};

struct Run {
  ClipRunSummary summary;
  double seconds = 0;
};

Run run_once(DepthModel& model, const RunSettings& settings) {
  Waves source(settings.size, settings.frames);
  RollingDepthOptions options;
  options.clip.res_px = 0;
  RollingDepth method(model, options);
  ClipRunOptions place;
  place.spool.folder = std::filesystem::temp_directory_path();
  if (!settings.spool.empty()) {
    place.spool = {.folder = settings.spool, .memory_limit_bytes = 0, .job = 1};
  }
  std::unique_ptr<DepthSink> sink;
  std::vector<DepthSink*> sinks;
  if (!settings.output.empty()) {
    sink = make_npy_sink(settings.output);
    sinks.push_back(sink.get());
  }
  Stopping progress(settings.stop_after);
  const auto start = Clock::now();
  Run run;
  run.summary = run_clip(source, method, sinks, nullptr, place, progress);
  if (sink) sink->finish();
  run.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return run;
}

// Seconds in which at least one kernel or copy was at work.
double busy_seconds(const profiler::ProfilerResult& profile, c10::DeviceType device) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;
  for (const profiler::KinetoEvent& event : profile.events()) {
    if (event.deviceType() != device) continue;
    spans.emplace_back(event.startNs(), event.startNs() + event.durationNs());
  }
  std::sort(spans.begin(), spans.end());
  std::uint64_t end = 0, busy = 0;
  for (const auto& [first, last] : spans) {
    if (last > end) busy += last - std::max(first, end);
    end = std::max(end, last);
  }
  return static_cast<double>(busy) * 1e-9;
}

// How long the device computed in a run, and the stages in which it is meant to.
nlohmann::json profiled(DepthModel& model, const RunSettings& settings) {
  std::set activities{profiling::ActivityType::CPU};
  if (model.device().is_cuda()) activities = {profiling::ActivityType::CUDA};
  const profiling::ProfilerConfig config(profiling::ProfilerState::KINETO);
  profiler::prepareProfiler(config, activities);
  profiler::enableProfiler(config, activities);
  const Run run = run_once(model, settings);
  const auto profile = profiler::disableProfiler();
  double networks = 0;
  for (const auto& [stage, seconds] : run.summary.stage_seconds) {
    if (stage == "encode" || stage == "snippets") networks += seconds;
  }
  return {{"seconds", run.seconds},
          {"network_stage_seconds", networks},
          {"device_busy_seconds", busy_seconds(*profile, model.device().type())}};
}

RunSettings settings_from(const std::vector<std::string>& arguments) {
  RunSettings settings;
  const auto number = [](const std::string& text) { return std::stoi(text); };
  const std::map<std::string, std::function<void(const std::string&)>> options = {
      {"model", [&](const auto& text) { settings.model = text; }},
      {"device", [&](const auto& text) { settings.device = text; }},
      {"dtype", [&](const auto& text) { settings.dtype = text; }},
      {"size",
       [&](const auto& text) {
         settings.size = {std::stoll(text), std::stoll(text.substr(text.find('x') + 1))};
       }},
      {"frames", [&](const auto& text) { settings.frames = number(text); }},
      {"repeats", [&](const auto& text) { settings.repeats = number(text); }},
      {"threads", [&](const auto& text) { settings.threads = number(text); }},
      {"busy", [&](const auto&) { settings.busy = true; }},
      {"output", [&](const auto& text) { settings.output = text; }},
      {"spool", [&](const auto& text) { settings.spool = text; }},
      {"stop-after", [&](const auto& text) { settings.stop_after = number(text); }}};
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    const auto option =
        argument.starts_with("--") ? options.find(argument.substr(2, equals - 2)) : options.end();
    if (option == options.end()) {
      throw Error(ErrorKind::kUsage, "unknown argument '" + argument + "'");
    }
    option->second(equals == std::string::npos ? "" : argument.substr(equals + 1));
  }
  if (settings.model.empty()) throw Error(ErrorKind::kUsage, "name a package with --model=FOLDER");
  return settings;
}

nlohmann::json measure(const RunSettings& settings) {
  const c10::Device device = resolve_device(settings.device);
  set_threads(settings.threads);
  if (device.is_cpu()) keep_freed_memory();
  const auto start = Clock::now();
  const std::unique_ptr<DepthModel> model =
      load_model(settings.model, device, resolve_dtype(settings.dtype, device));
  nlohmann::json result = {
      {"device", device.str()},
      {"dtype", dtype_name(model->dtype())},
      {"size", {settings.size.width_px, settings.size.height_px}},
      {"load_seconds", std::chrono::duration<double>(Clock::now() - start).count()}};
  Run run;
  for (int i = 0; i < settings.repeats; ++i) {
    reset_peak_gpu_memory(device);
    run = run_once(*model, settings);
    if (i == 0) result["first_seconds"] = run.seconds;
  }
  result["frames"] = run.summary.frames;
  result["seconds"] = run.seconds;
  result["frames_a_second"] = static_cast<double>(run.summary.frames) / run.seconds;
  result["batch"] = {{"vae_frames", run.summary.batch.vae_frames},
                     {"snippets", run.summary.batch.snippets}};
  for (const auto& [stage, seconds] : run.summary.stage_seconds) result["stages"][stage] = seconds;
  if (const auto bytes = peak_gpu_memory_bytes(device)) result["peak_memory_bytes"] = *bytes;
  result["warnings"] = model->take_warnings();
  if (settings.busy) result["profiled"] = profiled(*model, settings);
  return result;
}

}  // namespace
}  // namespace rollingdepth

int main(int argc, char** argv) {
  try {
    const auto settings = rollingdepth::settings_from({argv + 1, argv + argc});
    std::printf("%s\n", rollingdepth::measure(settings).dump(2).c_str());
  } catch (const rollingdepth::Cancelled&) {
    std::printf("{\"stopped\": true}\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pipeline_benchmark: %s\n", rollingdepth::describe(error).c_str());
    return rollingdepth::kind_of(error) == rollingdepth::ErrorKind::kUsage ? 2 : 1;
  }
  return 0;
}
