#include "method/windows/window_run.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "method/stages.hpp"
#include "method/windows/cameras.hpp"
#include "method/windows/depth_maps.hpp"
#include "method/windows/stitch.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kStitch = "stitch";
// Beyond it decoding takes more memory and no less time.
constexpr std::int64_t kFramesDecoded = 4;

}  // namespace

struct WindowRun::Joined {
  std::int64_t window = 0;
  std::int64_t used = 0;             ///< Outputs.
  std::vector<FrameParts> features;  ///< Of the frames that it sees.
  at::Tensor paths = {};             ///< Once `there`.
  std::atomic<bool> there = false;
};

WindowRun::WindowRun(WindowSettings settings, CrewNetworks networks, const MethodInput& input,
                     FrameSize size, FrameSize output)
    : VideoRun("windows", std::move(networks), input, size, output),
      settings_(std::move(settings)),
      outputs_(std::in_place, input.spool, kOutputs,
               std::vector<std::int64_t>{output.height_px, output.width_px}, at::kFloat) {
  if (!settings_.poses) return;
  poses_.emplace(input.spool, "window-poses",
                 std::vector<std::int64_t>{settings_.shape.frames(), kPoseNumbers}, at::kFloat);
}

bool WindowRun::has_window(std::int64_t window, std::int64_t frames) const {
  if (poses_ && !poses_->has(window)) return false;
  const std::int64_t first = window * settings_.shape.frames();
  return outputs_->has_all(first, first + used_outputs(settings_.shape, window, frames));
}

void WindowRun::look_for_records(ClipFrames& frames) {
  if (!frames.ended()) {
    constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
    while (has_window(window_, kAny)) ++window_;
    return;
  }
  const std::int64_t windows = window_count(settings_.shape, frames.count());
  while (window_ < windows && (is_finished() || has_window(window_, frames.count()))) {
    ++window_;
  }
  if (window_ < windows) frames.read_again();
}

void WindowRun::read_until(std::int64_t until, ClipFrames& frames, Progress& progress) {
  const auto is_needed = [&](std::int64_t frame) {
    return is_seen_from(settings_.shape, window_, frame);
  };
  CrewTasks tasks(input_.crew, progress, frames.count());
  while (!frames.ended() && frames.count() < until) {
    const std::int64_t before = frames.count();
    features_.read_next(frames, is_needed, tasks);
    run_windows(frames.count(), frames.ended(), tasks);
    tasks.skip(frames.count() - before);
  }
  decode(tasks, /*all=*/true);
  tasks.finish();
}

void WindowRun::run_windows(std::int64_t frames, bool ended, CrewTasks& tasks) {
  const WindowShape shape = settings_.shape;
  const auto end = [&] { return window_ * shape.step() + shape.frames(); };
  // While the last frames of a window are encoded, the other members have those that follow.
  const std::int64_t ahead = (std::ssize(input_.crew.members()) - 1) * features_.batch();
  while (ended ? window_ < window_count(settings_.shape, frames) : end() <= frames) {
    if (!has_window(window_, frames)) {
      const std::vector<std::int64_t> needed = window_frames(shape, window_, frames);
      if (!ended && frames < end() + ahead && !features_.have(needed)) break;
      tasks.wait_until([&] { return features_.have(needed); });
      join(window_, frames, tasks);
    }
    ++window_;
    features_.keep(
        [&](std::int64_t frame) { return is_seen_from(settings_.shape, window_, frame); });
  }
  decode(tasks, /*all=*/false);
}

void WindowRun::work_share(UnitRange begun, ClipFrames& frames, Stages& stages) {
  const std::int64_t count = frames.count(), step = settings_.shape.step();
  const auto windows_before = [&](std::int64_t frame) {
    return std::min((frame + step - 1) / step, window_count(settings_.shape, count));
  };
  window_ = windows_before(begun.first);
  const std::int64_t last = windows_before(begun.last);
  std::int64_t missing = 0;
  for (std::int64_t k = window_; k < last; ++k) missing += has_window(k, count) ? 0 : 1;
  stages.run({.name = "windows", .total = missing, .unit = "windows"}, [&](Progress& progress) {
    CrewTasks tasks(input_.crew, progress);
    run_share(last, count, frames, tasks);
    decode(tasks, /*all=*/true);
    tasks.finish();
    return std::string();
  });
}

void WindowRun::run_share(std::int64_t last, std::int64_t frames, ClipFrames& source,
                          CrewTasks& tasks) {
  const auto is_needed = [&](std::int64_t frame) {
    return is_seen_from(settings_.shape, window_, frame);
  };
  std::int64_t read = 0;  // Frames before it were read, or are seen from none of these windows.
  for (; window_ < last; ++window_) {
    if (has_window(window_, frames)) continue;
    tasks.skip(1);
    features_.keep(is_needed);
    std::vector<std::int64_t> needed = window_frames(settings_.shape, window_, frames);
    std::sort(needed.begin(), needed.end());
    for (const std::int64_t frame : needed) {
      if (frame < read) continue;
      const std::int64_t batch = frame / features_.batch() * features_.batch();
      source.go_to(batch);
      features_.read_next(source, is_needed, tasks);
      read = batch + features_.batch();
    }
    tasks.wait_until([&] { return features_.have(needed); });
    join(window_, frames, tasks);
    decode(tasks, /*all=*/false);
  }
}

void WindowRun::join(std::int64_t window, std::int64_t frames, CrewTasks& tasks) {
  joined_.push_back(std::make_shared<Joined>());
  const std::shared_ptr<Joined> joined = joined_.back();
  joined->window = window;
  joined->used = used_outputs(settings_.shape, window, frames);
  joined->features = features_.of(window_frames(settings_.shape, window, frames));
  tasks.submit(0, [this, joined](std::size_t member) {
    const WindowResult result = crew_networks_[member]->window(joined->features, features_.size());
    if (poses_) poses_->write(joined->window, result.poses);
    joined->paths = result.paths;
    joined->there = true;
  });
}

void WindowRun::decode(CrewTasks& tasks, bool all) {
  while (!joined_.empty()) {
    const std::shared_ptr<Joined> window = joined_.front();
    if (all) tasks.wait_until([&] { return window->there.load(); });
    if (!window->there) return;
    joined_.pop_front();
    for (std::int64_t first = 0; first < window->used; first += kFramesDecoded) {
      const std::int64_t last = std::min(first + kFramesDecoded, window->used);
      tasks.submit(0, [this, window, first, last](std::size_t member) {
        decode_frames(*window, first, last, *crew_networks_[member]);
      });
    }
  }
}

void WindowRun::decode_frames(const Joined& window, std::int64_t first, std::int64_t last,
                              WindowNetworks& networks) {
  const std::vector<FrameParts> features(window.features.begin() + first,
                                         window.features.begin() + last);
  const at::Tensor paths = window.paths.narrow(0, first, last - first).to(networks.device());
  const at::Tensor maps = depth_maps(networks.depth(paths, features, features_.size()), output_);
  for (std::int64_t i = first; i < last; ++i) {
    outputs_->write(window.window * settings_.shape.frames() + i, maps[i - first]);
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
  Stitcher stitcher(settings_.shape, settings_.metric,
                    [&](std::int64_t frame, const at::Tensor& map) {
                      if (!merged_.has(frame)) merged_.write(frame, map);
                      if (input_.on_merged) input_.on_merged(frame, map);
                      progress.advance(frame + 1);
                    });
  for (std::int64_t window = 0; window < window_count(settings_.shape, frames); ++window) {
    progress.check_cancelled();
    std::vector<at::Tensor> outputs;
    for (std::int64_t i = 0; i < used_outputs(settings_.shape, window, frames); ++i) {
      outputs.push_back(outputs_->read(window * settings_.shape.frames() + i));
    }
    stitcher.add(std::move(outputs));
  }
  stitcher.finish();
}

Settings WindowRun::summary() const {
  Settings result = settings_.mode;
  result.update({{"windows", window_count(settings_.shape, frames_)},
                 {"frames_per_window", settings_.shape.frames()},
                 {"frames_per_encoder_call", input_.batch.vae_frames}});
  return {{"result", std::move(result)}};
}

std::vector<FrameCamera> WindowRun::cameras() const {
  std::vector<FrameCamera> cameras;
  if (!poses_) return cameras;
  at::Tensor poses;
  std::int64_t read = -1;  // The window whose poses they are.
  for (std::int64_t frame = 0; frame < frames_; ++frame) {
    const std::int64_t window = last_window_of(settings_.shape, frame, frames_);
    if (window != std::exchange(read, window)) poses = poses_->read(window);
    cameras.push_back(camera_of(poses[frame - window * settings_.shape.step()], window));
  }
  return cameras;
}

}  // namespace rollingdepth
