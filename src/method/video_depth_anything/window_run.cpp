#include "method/video_depth_anything/window_run.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "method/stages.hpp"
#include "method/video_depth_anything/depth_maps.hpp"
#include "method/video_depth_anything/options.hpp"
#include "method/video_depth_anything/stitch.hpp"
#include "method/video_depth_anything/windows.hpp"

namespace rollingdepth::vda {
namespace {

constexpr const char* kStitch = "stitch";
constexpr const char* kOutputs = "window-outputs";
// Beyond it decoding takes more memory and no less time.
constexpr std::int64_t kFramesDecoded = 4;

}  // namespace

WindowRun::WindowRun(Networks& networks, const MethodInput& input, FrameSize size, FrameSize output)
    : VideoRun("windows", networks, input, size, output),
      outputs_(std::in_place, input.spool, kOutputs,
               std::vector<std::int64_t>{output.height_px, output.width_px}, at::kFloat) {}

bool WindowRun::has_window(std::int64_t window, std::int64_t frames) const {
  const std::int64_t first = window * kWindowFrames;
  return outputs_->has_all(first, first + used_outputs(window, frames));
}

void WindowRun::look_for_records(ClipFrames& frames) {
  if (!frames.ended()) {
    constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
    while (has_window(window_, kAny)) ++window_;
    return;
  }
  const std::int64_t windows = window_count(frames.count());
  while (window_ < windows && (is_finished() || has_window(window_, frames.count()))) {
    ++window_;
  }
  if (window_ < windows) frames.read_again();
}

void WindowRun::read_until(std::int64_t until, ClipFrames& frames, Progress& progress) {
  const auto is_needed = [&](std::int64_t frame) { return is_seen_from(window_, frame); };
  while (!frames.ended() && frames.count() < until) {
    progress.check_cancelled();
    features_.read_next(frames, is_needed);
    run_windows(frames.count(), frames.ended(), progress);
    progress.advance(frames.count());
  }
}

void WindowRun::run_windows(std::int64_t frames, bool ended, Progress& progress) {
  const auto can_run = [&] {
    return ended ? window_ < window_count(frames) : window_ * kWindowStep + kWindowFrames <= frames;
  };
  while (can_run()) {
    if (!has_window(window_, frames)) run_window(window_, frames, progress);
    ++window_;
    features_.keep([&](std::int64_t frame) { return is_seen_from(window_, frame); });
  }
}

void WindowRun::run_window(std::int64_t window, std::int64_t frames, Progress& progress) {
  const auto seen = window_frames(window, frames);
  const std::int64_t used = used_outputs(window, frames);
  const FrameNumbers& numbers = features_.numbers();
  at::Tensor levels = features_.levels({seen.begin(), seen.end()});
  const at::Tensor paths =
      networks_.attend(levels, levels.new_empty({0, numbers.state()}), numbers, false).paths;
  levels.reset();
  for (std::int64_t first = 0; first < used; first += kFramesDecoded) {
    progress.check_cancelled();
    const std::int64_t last = std::min(first + kFramesDecoded, used);
    const at::Tensor maps =
        depth_maps(networks_, paths.narrow(0, first, last - first),
                   features_.skips({seen.begin() + first, seen.begin() + last}), numbers, output_);
    for (std::int64_t i = first; i < last; ++i) {
      outputs_->write(window * kWindowFrames + i, maps[i - first]);
    }
  }
}

void WindowRun::fuse(const Phase& /*done*/, const ClipFrames& frames, Stages& stages) {
  frames_ = frames.count();
  features_.keep([](std::int64_t) { return false; });
  if (!input_.is_finished(kStitch)) {
    stages.run({.name = kStitch, .total = frames_, .unit = "frames"}, [&](Progress& progress) {
      if (!merged_.has_all(0, frames_)) stitch(frames_, progress);
      return std::string();
    });
  }
  outputs_.reset();
  input_.spool.remove(kOutputs);
  give_depth(frames_, stages.progress());
}

void WindowRun::stitch(std::int64_t frames, Progress& progress) {
  Stitcher stitcher(networks_.info().metric, [&](std::int64_t frame, const at::Tensor& map) {
    if (!merged_.has(frame)) merged_.write(frame, map);
    if (input_.on_merged) input_.on_merged(frame, map);
    progress.advance(frame + 1);
  });
  for (std::int64_t window = 0; window < window_count(frames); ++window) {
    progress.check_cancelled();
    std::vector<at::Tensor> outputs;
    for (std::int64_t i = 0; i < used_outputs(window, frames); ++i) {
      outputs.push_back(outputs_->read(window * kWindowFrames + i));
    }
    stitcher.add(std::move(outputs));
  }
  stitcher.finish();
}

Settings WindowRun::summary() const {
  return {{"result",
           {{"mode", to_string(Mode::kOffline)},
            {"windows", window_count(frames_)},
            {"frames_per_window", kWindowFrames},
            {"frames_per_encoder_call", input_.batch.vae_frames}}}};
}

}  // namespace rollingdepth::vda
