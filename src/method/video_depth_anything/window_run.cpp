#include "method/video_depth_anything/window_run.hpp"

#include <ATen/core/Tensor.h>

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
// Beyond it decoding takes more memory and no less time.
constexpr std::int64_t kFramesDecoded = 4;

}  // namespace

struct WindowRun::Attended {
  std::int64_t window = 0;
  std::int64_t used = 0;             ///< Outputs.
  std::vector<at::Tensor> features;  ///< Of the frames that it sees.
  at::Tensor paths = {};             ///< Once `there`.
  std::atomic<bool> there = false;
};

WindowRun::WindowRun(CrewNetworks networks, const MethodInput& input, FrameSize size,
                     FrameSize output)
    : VideoRun("windows", std::move(networks), input, size, output),
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
  const auto end = [&] { return window_ * kWindowStep + kWindowFrames; };
  // While the last frames of a window are encoded, the other members have those that follow.
  const std::int64_t ahead = (std::ssize(input_.crew.members()) - 1) * features_.batch();
  while (ended ? window_ < window_count(frames) : end() <= frames) {
    if (!has_window(window_, frames)) {
      const auto seen = window_frames(window_, frames);
      const std::vector<std::int64_t> needed(seen.begin(), seen.end());
      if (!ended && frames < end() + ahead && !features_.have(needed)) break;
      tasks.wait_until([&] { return features_.have(needed); });
      attend(window_, frames, tasks);
    }
    ++window_;
    features_.keep([&](std::int64_t frame) { return is_seen_from(window_, frame); });
  }
  decode(tasks, /*all=*/false);
}

void WindowRun::work_share(UnitRange begun, ClipFrames& frames, Stages& stages) {
  const std::int64_t count = frames.count();
  const auto windows_before = [&](std::int64_t frame) {
    return std::min((frame + kWindowStep - 1) / kWindowStep, window_count(count));
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
  const auto is_needed = [&](std::int64_t frame) { return is_seen_from(window_, frame); };
  std::int64_t read = 0;  // Frames before it were read, or are seen from none of these windows.
  for (; window_ < last; ++window_) {
    if (has_window(window_, frames)) continue;
    tasks.skip(1);
    features_.keep(is_needed);
    const auto seen = window_frames(window_, frames);
    std::vector<std::int64_t> needed(seen.begin(), seen.end());
    std::sort(needed.begin(), needed.end());
    for (const std::int64_t frame : needed) {
      if (frame < read) continue;
      const std::int64_t batch = frame / features_.batch() * features_.batch();
      source.go_to(batch);
      features_.read_next(source, is_needed, tasks);
      read = batch + features_.batch();
    }
    tasks.wait_until([&] { return features_.have(needed); });
    attend(window_, frames, tasks);
    decode(tasks, /*all=*/false);
  }
}

void WindowRun::attend(std::int64_t window, std::int64_t frames, CrewTasks& tasks) {
  const auto seen = window_frames(window, frames);
  attended_.push_back(std::make_shared<Attended>());
  const std::shared_ptr<Attended> attended = attended_.back();
  attended->window = window;
  attended->used = used_outputs(window, frames);
  attended->features = features_.of({seen.begin(), seen.end()});
  tasks.submit(0, [this, attended](std::size_t member) {
    Networks& networks = *networks_[member];
    const FrameNumbers& numbers = features_.numbers();
    const at::Tensor levels = features_.levels(attended->features, networks.device());
    const at::Tensor no_context = levels.new_empty({0, numbers.state()});
    attended->paths = networks.attend(levels, no_context, numbers, false).paths;
    attended->there = true;
  });
}

void WindowRun::decode(CrewTasks& tasks, bool all) {
  while (!attended_.empty()) {
    const std::shared_ptr<Attended> window = attended_.front();
    if (all) tasks.wait_until([&] { return window->there.load(); });
    if (!window->there) return;
    attended_.pop_front();
    for (std::int64_t first = 0; first < window->used; first += kFramesDecoded) {
      const std::int64_t last = std::min(first + kFramesDecoded, window->used);
      tasks.submit(0, [this, window, first, last](std::size_t member) {
        decode_frames(*window, first, last, *networks_[member]);
      });
    }
  }
}

void WindowRun::decode_frames(const Attended& window, std::int64_t first, std::int64_t last,
                              Networks& networks) {
  const std::vector<at::Tensor> features(window.features.begin() + first,
                                         window.features.begin() + last);
  const at::Tensor paths = window.paths.narrow(0, first, last - first).to(networks.device());
  const at::Tensor maps = depth_maps(networks, paths, features_.skips(features, networks.device()),
                                     features_.numbers(), output_);
  for (std::int64_t i = first; i < last; ++i) {
    outputs_->write(window.window * kWindowFrames + i, maps[i - first]);
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
  Stitcher stitcher(networks_.front()->info().metric,
                    [&](std::int64_t frame, const at::Tensor& map) {
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
