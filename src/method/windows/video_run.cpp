#include "method/windows/video_run.hpp"

#include <limits>
#include <utility>

#include "merge/clip_depth.hpp"

namespace rollingdepth {

VideoRun::VideoRun(const char* stage, CrewNetworks networks, const MethodInput& input,
                   FrameSize size, FrameSize output)
    : crew_networks_(std::move(networks)),
      input_(input),
      output_(output),
      features_(crew_networks_, size, input.batch.vae_frames),
      merged_(input.spool, "merged", output),
      stage_(stage) {}

std::optional<Phase> VideoRun::next(const ClipFrames& frames) {
  if (given_) return std::nullopt;
  return Phase{.name = stage_,
               .unit = "frames",
               .units = {frames.count(), std::numeric_limits<std::int64_t>::max()},
               .reads = true,
               .total = frames.expected().value_or(0)};
}

void VideoRun::work(const Phase& /*phase*/, UnitRange units, ClipFrames& frames,
                    Progress& progress) {
  if (!std::exchange(looked_, true)) look_for_records(frames);
  read_until(units.last, frames, progress);
}

void VideoRun::give_depth(std::int64_t frames, Progress& progress) {
  given_ = true;
  input_.depth.add({.first_frame = 0, .frames = frames, .merged = ChunkMaps(merged_)});
  input_.depth.keep_values();
  input_.depth.measure_range(progress);
}

}  // namespace rollingdepth
