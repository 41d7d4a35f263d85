#include "method/video_depth_anything/stream_run.hpp"

#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "method/stages.hpp"
#include "method/video_depth_anything/options.hpp"
#include "method/windows/depth_maps.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::vda {
namespace {

constexpr std::int64_t kFramesBetweenRecords = 50;

}  // namespace

StreamRun::StreamRun(const std::vector<Networks*>& networks, const MethodInput& input,
                     FrameSize size, FrameSize output)
    : VideoRun("stream", CrewNetworks(networks.begin(), networks.end()), input, size, output),
      networks_(networks),
      numbers_(networks.front()->info(), size),
      states_(input.spool, numbers_.state(), networks.front()->dtype()) {}

void StreamRun::look_for_records(ClipFrames& frames) {
  if (frames.ended()) {
    if (is_finished() || merged_.has_all(0, frames.count())) return;
    frames.read_again();
  }
  std::int64_t maps = 0;
  while (merged_.has(maps)) ++maps;
  states_.restore(maps, networks_.front()->device());
}

void StreamRun::read_until(std::int64_t until, ClipFrames& frames, Progress& progress) {
  try {
    read_and_run(until, frames, progress);
  } catch (const Cancelled&) {
    states_.save();
    throw;
  }
}

void StreamRun::read_and_run(std::int64_t until, ClipFrames& frames, Progress& progress) {
  const auto is_needed = [&](std::int64_t frame) { return frame >= states_.next(); };
  CrewTasks tasks(input_.crew, progress, states_.next());
  while (!frames.ended() && frames.count() < until) {
    features_.read_next(frames, is_needed, tasks);
    while (states_.next() < frames.count()) {
      tasks.submit(1, [&](std::size_t member) { run_frame(states_.next(), *networks_[member]); });
      features_.keep(is_needed);
      if (states_.next() % kFramesBetweenRecords == 0) states_.save();
    }
  }
}

void StreamRun::run_frame(std::int64_t frame, Networks& networks) {
  const std::vector<FrameParts> features = features_.of({frame});
  const at::Tensor levels = stacked(features, 0, 0, numbers_.levels(), networks.device());
  const at::Tensor context =
      frame == 0 ? levels.new_empty({0, numbers_.state()}) : states_.context();
  const Attended attended = networks.attend(levels, context, numbers_, /*keep_states=*/true);
  const at::Tensor map =
      depth_maps(networks.depth(attended.paths, features, features_.size()), output_)[0];
  merged_.write(frame, map);
  if (input_.on_merged) input_.on_merged(frame, map);
  states_.push(attended.states[0]);
}

// All of it is one unit, which begins with the first frame.
void StreamRun::work_share(UnitRange begun, ClipFrames& frames, Stages& stages) {
  const std::int64_t count = begun.first == 0 ? frames.count() : 0;
  stages.run({.name = "stream", .total = count, .unit = "frames"}, [&](Progress& progress) {
    if (count > 0) work({}, {0, count}, frames, progress);
    return std::string();
  });
}

void StreamRun::fuse(const Phase& /*done*/, const ClipFrames& frames, Stages& stages) {
  give_depth(frames.count(), stages.progress());
}

Settings StreamRun::summary() const {
  return {{"result",
           {{"mode", to_string(Mode::kStreaming)},
            {"frames_per_encoder_call", input_.batch.vae_frames}}}};
}

}  // namespace rollingdepth::vda
