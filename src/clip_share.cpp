#include "clip_share.hpp"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/crew.hpp"
#include "base/prefetched_source.hpp"
#include "film/film_run.hpp"
#include "film/shot_frames.hpp"
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

// The parts of the share that lie in each shot, but for shots whose depth is finished.
void work_on_shots(const ClipShare& share, ClipFrames& frames, Spool& spool,
                   const std::function<void(UnitRange begun, ClipFrames& shot)>& work) {
  std::int64_t index = -1;
  for (const UnitRange& shot : shots_of(share.cuts, frames.count())) {
    ++index;
    const UnitRange begun{std::max(share.begun.first, shot.first) - shot.first,
                          std::min(share.begun.last, shot.last) - shot.first};
    if (begun.first >= begun.last || has_shot(spool, shot)) continue;
    ShotFrames source(frames, shot);
    spool.begin_names_with(shot_prefix(index));
    try {
      work(begun, source.frames());
      spool.begin_names_with("");
    } catch (const Cancelled&) {
      throw;
    } catch (const std::exception&) {
      // Another process may have finished the shot meanwhile, and removed what it is made from.
      spool.begin_names_with("");
      if (!has_shot(spool, shot)) throw;
    }
  }
}

}  // namespace

std::int64_t count_frames(FrameSource& source, const ClipOptions& options, const SpoolPlace& place,
                          Progress& progress, const std::function<void(const Frame&)>& look,
                          double* seconds) {
  Spool spool(place);
  spool.distrust();  // Times that were damaged are noted again.
  PrefetchedSource ahead(source, kFramesAhead);
  ClipFrames frames(ahead, options, spool);
  if (frames.ended() && !look) return frames.count();
  if (look) frames.read_again();
  Stages stages(progress, spool, {});
  stages.run({.name = "read", .total = frames.expected().value_or(0), .unit = "frames"},
             [&](Progress& stage) {
               while (!frames.ended()) {
                 stage.check_cancelled();
                 for (const Frame& frame : frames.read(1)) {
                   if (look) look(frame);
                 }
                 stage.advance(frames.count());
               }
               return std::string();
             });
  if (seconds != nullptr) *seconds = stages.seconds().front().second;
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
  const auto work = [&](UnitRange begun, ClipFrames& shot) {
    ClipDepth depth;
    const std::unique_ptr<MethodRun> run =
        method.begin({.size = {source.info().width_px, source.info().height_px},
                      .spool = spool,
                      .depth = depth,
                      .crew = crew,
                      .workers = workers,
                      .batch = share.batch});
    Stages stages(progress, spool, {});
    run->work_share(begun, shot, stages);
  };
  if (share.cuts.empty()) {
    work(share.begun, frames);
  } else {
    work_on_shots(share, frames, spool, work);
  }
}

}  // namespace rollingdepth
