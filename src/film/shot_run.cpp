#include "film/shot_run.hpp"

#include <algorithm>
#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// Of a clip that may be of any length: frames after which the disk is looked at again.
constexpr std::int64_t kFramesBetweenLooks = 256;

}  // namespace

ShotRun::ShotRun(ClipFrames& frames, const ShotSetup& setup, std::vector<std::string> finished)
    : frames_(frames),
      setup_(setup),
      size_{frames.info().width_px, frames.info().height_px},
      finished_(std::move(finished)),
      stages_(setup.progress, setup.spool, setup.options.on_finished) {}

void ShotRun::run() {
  look_for_space();
  run_ = setup_.method.begin({.size = size_,
                              .spool = setup_.spool,
                              .depth = depth_,
                              .crew = setup_.crew,
                              .workers = setup_.workers,
                              .archive = setup_.archive,
                              .batch = setup_.batch,
                              .on_merged = setup_.options.on_merged,
                              .finished = finished_});
  while (const std::optional<Phase> phase = run_->next(frames_)) {
    stages_.run({.name = phase->name,
                 .total = phase->total,
                 .unit = phase->unit,
                 .whole = phase->whole,
                 .chunk = phase->chunk},
                [&](Progress& progress) {
                  work(*run_, *phase, progress);
                  note_counted();
                  return std::string();
                });
    run_->fuse(*phase, frames_, stages_);
  }
  summary_ = run_->summary();
}

DiskNeed ShotRun::need_of(std::int64_t frames) const {
  // A job that goes on was looked at when it began, and has given back some of what it took.
  if (setup_.goes_on) return {};
  return need_of_disk({.method = setup_.method,
                       .clip = {.size = size_, .frames = frames},
                       .dtype = setup_.method.dtype(),
                       .output_bytes_per_pixel = setup_.options.output_bytes_per_pixel},
                      setup_.options.spool, setup_.spool.taken_bytes());
}

// What a container says that does not list its frames is a reason to warn, not to refuse.
void ShotRun::look_for_space() {
  const std::optional<std::int64_t> frames = frames_.expected();
  if (!frames || *frames < 1 || !frames_.info().frames_estimate) return;
  if (frames_.info().frames_exact) {
    expect_frames(*frames);
    return;
  }
  const DiskNeed need = need_of(*frames);
  if (!need.fits) {
    setup_.progress.warn("if the clip is as long as it says, about " + need.why);
  }
}

// REQUIRES: there are that many frames.
void ShotRun::expect_frames(std::int64_t frames) {
  const ClipShape shape{.size = size_, .frames = frames};
  setup_.spool.expect(setup_.method.forecast(shape, setup_.method.dtype()).spool_peak_bytes);
  require_space(frames);
}

// REQUIRES: there are that many frames, or more.
void ShotRun::require_space(std::int64_t frames) const {
  const DiskNeed need = need_of(frames);
  if (need.fits) return;
  throw Error(ErrorKind::kOutput,
              std::string(frames_.has_read() ? "cannot go on: " : "cannot start: ") + need.why +
                  need.advice,
              Retry::kLater);
}

void ShotRun::work(MethodRun& run, const Phase& phase, Progress& progress) {
  if (!phase.reads) {
    run.work(phase, phase.units, frames_, progress);
    return;
  }
  do {
    const std::int64_t first = frames_.count();
    run.work(phase, {first, std::min(phase.units.last, first + kFramesBetweenLooks)}, frames_,
             progress);
    // There are that many at least, whatever the clip says.
    if (!frames_.ended() && !frames_.info().frames_exact) require_space(frames_.count());
  } while (!frames_.ended() && frames_.count() < phase.units.last);
}

// Once all was read.
void ShotRun::note_counted() {
  if (!frames_.ended() || std::exchange(counted_, true)) return;
  if (frames_.has_read() && setup_.options.on_read) setup_.options.on_read(frames_.warnings());
  expect_frames(frames_.count());
  if (setup_.options.on_counted) setup_.options.on_counted(frames_.count());
}

BatchSizes batch_of(const ClipRunOptions& options, const DepthMethod& method, FrameSize input) {
  BatchSizes batch = options.batch;
  if (batch.vae_frames > 0 && batch.snippets > 0) return batch;
  const BatchSizes chosen = method.batch_sizes(input, method.device(), method.dtype());
  if (batch.vae_frames == 0) batch.vae_frames = chosen.vae_frames;
  if (batch.snippets == 0) batch.snippets = chosen.snippets;
  return batch;
}

}  // namespace rollingdepth
