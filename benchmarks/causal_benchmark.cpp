// Depth of a video as `live` computes it, frame by frame, each from itself and those before:
//   causal_benchmark --model=PACKAGE --clip=FILE --output=DEPTH.npy
//       --mode=snippet --dilations=1,10 --length=3 --res=256 --frames=200 --threads=2 --dtype=auto
// Prints one JSON object: milliseconds a frame, from pixels to depth, and of the processor's time,
// which other processes hardly change. The clip is read beforehand. --change=FRAME:RES changes the
// resolution before that frame.
#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "media/npy.hpp"
#include "method/causal_depth.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/video.hpp"

namespace rollingdepth {
namespace {

using Clock = std::chrono::steady_clock;

struct BenchmarkSettings {
  std::string model;
  std::string clip;
  std::string output;
  std::string device = "cpu";
  std::string dtype = "auto";
  std::int64_t frames = 0;  // 0: all.
  int threads = 0;
  std::optional<std::pair<std::int64_t, std::int64_t>> change;  // Before a frame, to a resolution.
  CausalOptions causal;
};

// 1,2,4
std::vector<std::int64_t> numbers_in(const std::string& text) {
  std::vector<std::int64_t> numbers;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) numbers.push_back(std::stoll(word));
  return numbers;
}

BenchmarkSettings settings_in(const std::vector<std::string>& arguments) {
  BenchmarkSettings settings;
  CausalOptions& causal = settings.causal;
  const std::map<std::string, std::function<void(const std::string&)>> take = {
      {"--model", [&](const std::string& text) { settings.model = text; }},
      {"--clip", [&](const std::string& text) { settings.clip = text; }},
      {"--output", [&](const std::string& text) { settings.output = text; }},
      {"--device", [&](const std::string& text) { settings.device = text; }},
      {"--dtype", [&](const std::string& text) { settings.dtype = text; }},
      {"--frames", [&](const std::string& text) { settings.frames = std::stoll(text); }},
      {"--threads", [&](const std::string& text) { settings.threads = std::stoi(text); }},
      {"--mode", [&](const std::string& text) { causal.mode = parse_causal_mode(text); }},
      {"--dilations", [&](const std::string& text) { causal.dilations = numbers_in(text); }},
      {"--length", [&](const std::string& text) { causal.snippet_length = std::stoll(text); }},
      {"--res", [&](const std::string& text) { causal.res_px = std::stoll(text); }},
      {"--change", [&](const std::string& text) {
         settings.change = {std::stoll(text), std::stoll(text.substr(text.find(':') + 1))};
       }}};
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    const auto known = take.find(argument.substr(0, equals));
    if (known == take.end() || equals == std::string::npos) {
      throw Error(ErrorKind::kUsage, "unknown argument '" + argument + "'");
    }
    known->second(argument.substr(equals + 1));
  }
  return settings;
}

std::vector<at::Tensor> frames_of(const std::string& clip, std::int64_t most) {
  const std::unique_ptr<FrameSource> source = open_video(clip);
  std::vector<at::Tensor> frames;
  while (most == 0 || std::ssize(frames) < most) {
    std::optional<Frame> frame = source->next();
    if (!frame) break;
    frames.push_back(std::move(frame->rgb));
  }
  return frames;
}

// Of all threads, so far.
double processor_milliseconds() {
  return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double at_share(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void run(const BenchmarkSettings& settings) {
  const c10::Device device = resolve_device(settings.device);
  const int threads = set_threads(settings.threads);
  if (device.is_cpu()) keep_freed_memory();
  const std::unique_ptr<CausalDepth> depth = load_causal_depth(
      open_package(settings.model), settings.causal, device, resolve_dtype(settings.dtype, device));
  std::vector<at::Tensor> maps;
  std::vector<double> milliseconds, processor;
  for (const at::Tensor& frame : frames_of(settings.clip, settings.frames)) {
    const auto number = static_cast<std::int64_t>(milliseconds.size());
    if (settings.change && settings.change->first == number) {
      depth->change_res(settings.change->second);
    }
    const double processor_before = processor_milliseconds();
    const auto start = Clock::now();
    at::Tensor map = depth->next(frame);
    milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    processor.push_back(processor_milliseconds() - processor_before);
    if (!settings.output.empty()) maps.push_back(std::move(map));
  }
  if (milliseconds.empty()) throw Error(ErrorKind::kInput, "the clip has no frames");
  if (!maps.empty()) write_npy(settings.output, at::stack(maps));
  const nlohmann::ordered_json result = {{"settings", depth->settings()},
                                         {"frames", milliseconds.size()},
                                         {"threads", threads},
                                         {"first_ms", milliseconds.front()},
                                         {"p50_ms", at_share(milliseconds, 0.5)},
                                         {"p95_ms", at_share(milliseconds, 0.95)},
                                         {"cpu_ms", at_share(processor, 0.5)}};
  std::printf("%s\n", result.dump().c_str());
}

}  // namespace
}  // namespace rollingdepth

int main(int argc, char** argv) {
  try {
    rollingdepth::run(rollingdepth::settings_in({argv + 1, argv + argc}));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "causal_benchmark: %s\n", rollingdepth::describe(error).c_str());
    return 1;
  }
}
