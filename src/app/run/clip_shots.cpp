#include "app/run/clip_shots.hpp"

#include <memory>
#include <string>

#include "clip_share.hpp"
#include "method/clip_frames.hpp"
#include "shots/cut_detector.hpp"

namespace rollingdepth {
namespace {

Cuts cuts_of_file(const SceneChoice& scenes, FrameSource& source, const ClipOptions& options,
                  JobFolder& job, Progress& progress, double& seconds) {
  if (scenes.listed.cuts.empty()) return {};
  const ClipInfo& clip = source.info();
  const std::optional<std::int64_t> expected = expected_frames(clip, options);
  const std::int64_t frames =
      clip.frames_exact && expected
          ? *expected
          : count_frames(source, options, job.spool(), progress, {}, &seconds);
  // Of a part it is not known how many there are.
  if (options.frame_count == 0) scenes.require_frames(clip.name, options.start_frame + frames);
  return scenes.listed_cuts(options.start_frame, frames);
}

Cuts detected_cuts(const SceneChoice& scenes, FrameSource& source, const ClipOptions& options,
                   JobFolder& job, Progress& progress, double& seconds) {
  const ClipInfo clip = source.info();
  CutDetector detector(scenes.cuts, {.width_px = clip.width_px, .height_px = clip.height_px},
                       clip.frame_rate);
  count_frames(
      source, options, job.spool(), progress, [&](const Frame& frame) { detector.add(frame.rgb); },
      &seconds);
  return detector.finish();
}

}  // namespace

FoundShots find_shots(const PlannedInput& input, const SceneChoice& scenes,
                      const ClipOptions& clip_options, JobFolder& job, Progress& progress) {
  if (scenes.kind == SceneChoice::Kind::kNone) return {};
  if (job.cuts()) return {.cuts = *job.cuts()};
  const std::unique_ptr<FrameSource> source = input.open();
  FoundShots found;
  found.cuts = scenes.kind == SceneChoice::Kind::kFile
                   ? cuts_of_file(scenes, *source, clip_options, job, progress, found.seconds)
                   : detected_cuts(scenes, *source, clip_options, job, progress, found.seconds);
  if (found.seconds > 0) job.keep_remarks(source->warnings());
  job.keep_cuts(found.cuts);
  return found;
}

}  // namespace rollingdepth
