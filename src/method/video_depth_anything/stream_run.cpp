#include "method/video_depth_anything/stream_run.hpp"

#include <ATen/ATen.h>

#include "method/stages.hpp"
#include "method/video_depth_anything/depth_maps.hpp"
#include "method/video_depth_anything/options.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::vda {
namespace {

constexpr std::int64_t kFramesBetweenRecords = 50;

}  // namespace

StreamRun::StreamRun(Networks& networks, const MethodInput& input, FrameSize size, FrameSize output)
    : VideoRun("stream", networks, input, size, output),
      states_(input.spool, features_.numbers().state(), networks.dtype()) {}

void StreamRun::look_for_records(ClipFrames& frames) {
  if (frames.ended()) {
    if (is_finished() || merged_.has_all(0, frames.count())) return;
    frames.read_again();
  }
  std::int64_t maps = 0;
  while (merged_.has(maps)) ++maps;
  states_.restore(maps, networks_.device());
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
  while (!frames.ended() && frames.count() < until) {
    progress.check_cancelled();
    features_.read_next(frames, is_needed);
    while (states_.next() < frames.count()) {
      progress.check_cancelled();
      run_frame(states_.next());
      features_.keep(is_needed);
      if (states_.next() % kFramesBetweenRecords == 0) states_.save();
      progress.advance(states_.next());
    }
  }
}

void StreamRun::run_frame(std::int64_t frame) {
  const FrameNumbers& numbers = features_.numbers();
  const at::Tensor levels = features_.levels({frame});
  const at::Tensor context =
      frame == 0 ? levels.new_empty({0, numbers.state()}) : states_.context();
  const Attended attended = networks_.attend(levels, context, numbers, /*keep_states=*/true);
  const at::Tensor map =
      depth_maps(networks_, attended.paths, features_.skips({frame}), numbers, output_)[0];
  merged_.write(frame, map);
  if (input_.on_merged) input_.on_merged(frame, map);
  states_.push(attended.states[0]);
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
