#include "clip_share.hpp"

#include <c10/core/InferenceMode.h>

#include <memory>
#include <string>

#include "base/crew.hpp"
#include "base/prefetched_source.hpp"
#include "merge/clip_depth.hpp"
#include "method/clip_frames.hpp"
#include "method/stages.hpp"
#include "nn/workers.hpp"
#include "rollingdepth/error.hpp"
#include "store/spool.hpp"

namespace rollingdepth {
namespace {

// Frames that are decoded ahead.
constexpr std::size_t kFramesAhead = 4;

}  // namespace

std::int64_t count_frames(FrameSource& source, const ClipOptions& options, const SpoolPlace& place,
                          Progress& progress) {
  Spool spool(place);
  spool.distrust();  // Times that were damaged are noted again.
  PrefetchedSource ahead(source, kFramesAhead);
  ClipFrames frames(ahead, options, spool);
  Stages(progress, spool, {})
      .run({.name = "read", .total = frames.expected().value_or(0), .unit = "frames"},
           [&](Progress& stage) {
             while (!frames.ended()) {
               stage.check_cancelled();
               (void)frames.read(1);
               stage.advance(frames.count());
             }
             return std::string();
           });
  return frames.count();
}

UnitRange share_of(std::int64_t frames, std::int64_t index, std::int64_t count) {
  // The product of the largest numbers of frames and shares is within 64 bits.
  return {frames * index / count, frames * (index + 1) / count};
}

void work_on_share(FrameSource& source, DepthMethod& method, const ClipShare& share,
                   Progress& progress) {
  const c10::InferenceMode inference;
  Spool spool(share.spool);
  if (share.checks) spool.distrust();
  PrefetchedSource ahead(source, kFramesAhead);
  ClipFrames frames(ahead, method.clip_options(), spool);
  if (!frames.ended()) {
    throw Error(ErrorKind::kOutput, "the times of the frames are missing in " +
                                        share.spool.folder.string() + ": plan the clip again");
  }
  std::vector<Worker> workers = share.workers;
  if (!method.can_share_units()) workers.resize(1);
  Crew crew(crew_members(workers));
  ClipDepth depth;
  const std::unique_ptr<MethodRun> run =
      method.begin({.size = {source.info().width_px, source.info().height_px},
                    .spool = spool,
                    .depth = depth,
                    .crew = crew,
                    .workers = workers,
                    .batch = share.batch});
  Stages stages(progress, spool, {});
  run->work_share(share.begun, frames, stages);
}

}  // namespace rollingdepth
