#include "method/video_depth_anything/stream_run.hpp"

#include <ATen/ATen.h>

#include <limits>
#include <utility>

#include "merge/clip_depth.hpp"
#include "method/stages.hpp"
#include "method/video_depth_anything/depth_maps.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::vda {
namespace {

constexpr const char* kStream = "stream";
constexpr std::int64_t kFramesBetweenRecords = 50;

}  // namespace

StreamRun::StreamRun(Networks& networks, const MethodInput& input, FrameSize size, FrameSize output)
    : networks_(networks),
      input_(input),
      output_(output),
      features_(networks, size, input.batch.vae_frames),
      states_(input.spool, features_.numbers().state(), networks.dtype()),
      merged_(input.spool, "merged", output) {}

std::optional<Phase> StreamRun::next(const ClipFrames& frames) {
  if (predicted_) return std::nullopt;
  return Phase{.name = kStream,
               .unit = "frames",
               .units = {frames.count(), std::numeric_limits<std::int64_t>::max()},
               .reads = true,
               .total = frames.expected().value_or(0)};
}

// What an earlier run has left.
void StreamRun::look_for_maps(ClipFrames& frames) {
  if (frames.ended()) {
    if (input_.is_finished(kStream) || merged_.has_all(0, frames.count())) return;
    frames.read_again();
  }
  std::int64_t maps = 0;
  while (merged_.has(maps)) ++maps;
  states_.restore(maps, networks_.device());
}

void StreamRun::work(const Phase& /*phase*/, UnitRange units, ClipFrames& frames,
                     Progress& progress) {
  if (!std::exchange(looked_, true)) look_for_maps(frames);
  try {
    read_and_run(units.last, frames, progress);
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
  predicted_ = true;
  input_.depth.add({.first_frame = 0, .frames = frames.count(), .merged = ChunkMaps(merged_)});
  input_.depth.keep_values();
  input_.depth.measure_range(stages.progress());
}

Settings StreamRun::summary() const {
  return {{"result",
           {{"mode", to_string(Mode::kStreaming)},
            {"frames_per_encoder_call", input_.batch.vae_frames}}}};
}

}  // namespace rollingdepth::vda
