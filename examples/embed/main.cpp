// Depth of a video in a program of one's own:
//   embed MODEL VIDEO [FRAMES]
// Tells of every frame as it is merged, then of the depth of the whole clip.
#include <ATen/ATen.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <rollingdepth/clip.hpp>
#include <rollingdepth/error.hpp>
#include <rollingdepth/run.hpp>
#include <rollingdepth/video.hpp>
#include <string>

namespace {

// Gets the finished depth of the clip, frame after frame.
class Summary final : public rollingdepth::DepthSink {
 public:
  void begin(const rollingdepth::DepthClipInfo& info) override {
    std::printf("depth of %lld frames, %lldx%lld, from %.3f to %.3f\n",
                static_cast<long long>(info.frames), static_cast<long long>(info.width_px),
                static_cast<long long>(info.height_px), info.min, info.max);
  }
  void write(const at::Tensor& depth, std::int64_t pts) override {
    std::printf("depth at %lld: mean %.4f\n", static_cast<long long>(pts),
                depth.mean().item<double>());
  }
  void finish() override {}
};

// Says which stage runs, and never stops one.
class Stages final : public rollingdepth::Progress {
 public:
  void begin(std::string_view stage, std::int64_t /*total*/, std::string_view /*unit*/) override {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(stage.size()), stage.data());
  }
  void advance(std::int64_t /*done*/) override {}
  void end(std::string_view /*result*/) override {}
  void warn(const std::string& message) override {
    std::fprintf(stderr, "warning: %s\n", message.c_str());
  }
  void check_cancelled() override {}
};

void run(const std::string& model, const std::string& video, int frames) {
  const auto source = rollingdepth::open_video(video);
  const auto method = rollingdepth::load_method(
      model, {{"res", 128}, {"frame_count", frames}, {"dilations", {1, 5}}}, "cpu", "fp32");
  rollingdepth::ClipRunOptions options;
  options.spool.folder = std::filesystem::temp_directory_path();
  options.on_merged = [](std::int64_t frame, const at::Tensor& map) {
    std::printf("frame %lld is merged: median %.4f\n", static_cast<long long>(frame),
                map.median().item<double>());
  };
  Summary summary;
  Stages stages;
  rollingdepth::run_clip(*source, *method, {&summary}, /*archive=*/nullptr, options, stages);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fprintf(stderr, "embed MODEL VIDEO [FRAMES]\n");
    return 2;
  }
  run(argv[1], argv[2], argc > 3 ? std::stoi(argv[3]) : 0);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "embed: %s\n", rollingdepth::describe(error).c_str());
  return 1;
}
