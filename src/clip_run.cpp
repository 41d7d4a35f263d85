#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/background_worker.hpp"
#include "base/crew.hpp"
#include "base/frame_times.hpp"
#include "base/operation_threads.hpp"
#include "base/prefetched_source.hpp"
#include "base/trace.hpp"
#include "merge/clip_depth.hpp"
#include "method/clip_frames.hpp"
#include "method/disk_space.hpp"
#include "method/stages.hpp"
#include "nn/workers.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/run.hpp"

namespace rollingdepth {
namespace {

// Frames that are decoded ahead of the networks, and that wait for each file that is written.
constexpr std::size_t kFramesAhead = 4;
// Of a clip that may be of any length: frames after which the disk is looked at again.
constexpr std::int64_t kFramesBetweenLooks = 256;

class ClipRun {
 public:
  // @param goes_on whether an earlier run of the job has left something in `spool`.
  ClipRun(FrameSource& source, DepthMethod& method, Spool& spool, bool goes_on,
          const std::vector<Worker>& workers, Crew& crew, const ClipRunOptions& options,
          Progress& progress)
      : source_(source, kFramesAhead),
        method_(method),
        options_(options),
        clip_(method.clip_options()),
        progress_(progress),
        spool_(spool),
        goes_on_(goes_on),
        workers_(workers),
        crew_(crew),
        // Not believed where something of what they left has turned out to be damaged.
        finished_(spool.distrusts() ? std::vector<std::string>() : options.finished),
        frames_(source_, clip_, spool_,
                std::find(finished_.begin(), finished_.end(), "encode") != finished_.end()),
        stages_(progress, spool_, options.on_finished) {}

  ClipRunSummary run(const std::vector<DepthSink*>& sinks, SnippetArchive* archive);
  [[nodiscard]] bool has_read() const { return frames_.has_read(); }
  void forbid_reading() { frames_.forbid_reading(); }
  // Whether outputs have begun.
  [[nodiscard]] bool writes() const { return writes_; }

 private:
  void describe();
  void look_for_space();
  [[nodiscard]] DiskNeed need_of(std::int64_t frames) const;
  void require_space(std::int64_t frames) const;
  void expect_frames(std::int64_t frames);
  void work(MethodRun& run, const Phase& phase, Progress& progress);
  void note_read();
  MapRange output_range(const std::vector<DepthSink*>& sinks);
  void write(const std::vector<DepthSink*>& sinks);
  at::Tensor output_map(std::int64_t frame) const;
  std::vector<std::string> frame_numbers() const;

  PrefetchedSource source_;
  DepthMethod& method_;
  const ClipRunOptions& options_;
  const ClipOptions& clip_;
  Progress& progress_;
  Spool& spool_;
  bool goes_on_;
  const std::vector<Worker>& workers_;
  Crew& crew_;
  std::vector<std::string> finished_;
  ClipFrames frames_;
  Stages stages_;
  ClipDepth depth_;
  bool writes_ = false;
  bool counted_ = false;  // All frames were there when they were told.
  ClipRunSummary summary_;
};

void ClipRun::describe() {
  const ClipInfo& info = source_.info();
  summary_.input_size = {info.width_px, info.height_px};
  summary_.processing_size = method_.processing_size(summary_.input_size);
  summary_.output_size = clip_.restore_res ? summary_.input_size : summary_.processing_size;
  summary_.batch = options_.batch;
  if (summary_.batch.vae_frames > 0 && summary_.batch.snippets > 0) return;
  const BatchSizes chosen =
      method_.batch_sizes(summary_.input_size, method_.device(), method_.dtype());
  if (summary_.batch.vae_frames == 0) summary_.batch.vae_frames = chosen.vae_frames;
  if (summary_.batch.snippets == 0) summary_.batch.snippets = chosen.snippets;
}

ClipRunSummary ClipRun::run(const std::vector<DepthSink*>& sinks, SnippetArchive* archive) {
  describe();
  look_for_space();
  const std::unique_ptr<MethodRun> run = method_.begin({.size = summary_.input_size,
                                                        .spool = spool_,
                                                        .depth = depth_,
                                                        .crew = crew_,
                                                        .workers = workers_,
                                                        .archive = archive,
                                                        .batch = summary_.batch,
                                                        .on_merged = options_.on_merged,
                                                        .finished = finished_});
  while (const std::optional<Phase> phase = run->next(frames_)) {
    stages_.run({.name = phase->name,
                 .total = phase->total,
                 .unit = phase->unit,
                 .whole = phase->whole,
                 .chunk = phase->chunk},
                [&](Progress& progress) {
                  work(*run, *phase, progress);
                  note_read();
                  return std::string();
                });
    run->fuse(*phase, frames_, stages_);
  }
  summary_.frames = depth_.frames();
  summary_.method = run->summary();
  const std::vector<Crew::Share> shares = crew_.shares();
  for (std::size_t i = 0; i < shares.size(); ++i) {
    summary_.shares.push_back({workers_[i], shares[i].tasks, shares[i].seconds});
  }
  write(sinks);
  summary_.spool_bytes = spool_.peak_disk_bytes();
  summary_.stage_seconds = stages_.seconds();
  return std::move(summary_);
}

DiskNeed ClipRun::need_of(std::int64_t frames) const {
  // A job that goes on was looked at when it began, and has given back some of what it took.
  if (goes_on_) return {};
  return need_of_disk({.method = method_,
                       .clip = {.size = summary_.input_size, .frames = frames},
                       .dtype = method_.dtype(),
                       .output_bytes_per_pixel = options_.output_bytes_per_pixel},
                      options_.spool, spool_.taken_bytes());
}

// What a container says that does not list its frames is a reason to warn, not to refuse.
void ClipRun::look_for_space() {
  const std::optional<std::int64_t> frames = expected_frames(source_.info(), clip_);
  if (!frames || *frames < 1) return;
  if (source_.info().frames_exact) {
    expect_frames(*frames);
    return;
  }
  const DiskNeed need = need_of(*frames);
  if (!need.fits) progress_.warn("if the clip is as long as it says, about " + need.why);
}

// REQUIRES: the clip has that many frames.
void ClipRun::expect_frames(std::int64_t frames) {
  const ClipShape shape{.size = summary_.input_size, .frames = frames};
  spool_.expect(method_.forecast(shape, method_.dtype()).spool_peak_bytes);
  require_space(frames);
}

// REQUIRES: the clip has that many frames, or more.
void ClipRun::require_space(std::int64_t frames) const {
  const DiskNeed need = need_of(frames);
  if (need.fits) return;
  throw Error(ErrorKind::kOutput,
              std::string(frames_.has_read() ? "cannot go on: " : "cannot start: ") + need.why +
                  need.advice,
              Retry::kLater);
}

void ClipRun::work(MethodRun& run, const Phase& phase, Progress& progress) {
  if (!phase.reads) {
    run.work(phase, phase.units, frames_, progress);
    return;
  }
  do {
    const std::int64_t first = frames_.count();
    run.work(phase, {first, std::min(phase.units.last, first + kFramesBetweenLooks)}, frames_,
             progress);
    // The clip has that many at least, whatever it says.
    if (!frames_.ended() && !source_.info().frames_exact) require_space(frames_.count());
  } while (!frames_.ended() && frames_.count() < phase.units.last);
}

// Once the clip has been read to its end.
void ClipRun::note_read() {
  if (!frames_.ended() || std::exchange(counted_, true)) return;
  if (frames_.has_read() && options_.on_read) options_.on_read(source_.warnings());
  expect_frames(frames_.count());
  if (options_.on_counted) options_.on_counted(frames_.count());
}

at::Tensor ClipRun::output_map(std::int64_t frame) const {
  const TraceSpan span("batch", "depth map");
  return resample(depth_.read(frame).unsqueeze(0).unsqueeze(0), summary_.output_size,
                  clip_.resample)
      .squeeze(0)
      .squeeze(0)
      .contiguous();
}

// Of the frames that are used.
std::vector<std::string> ClipRun::frame_numbers() const {
  const std::vector<std::string>& all = source_.info().frame_numbers;
  const std::int64_t end = clip_.start_frame + summary_.frames;
  if (std::cmp_less(all.size(), end)) return {};
  return {all.begin() + clip_.start_frame, all.begin() + end};
}

// Of what is written, exactly, where a sink depends on it: maps of another size need a look at all
// of them. Otherwise of the maps that it is made from.
MapRange ClipRun::output_range(const std::vector<DepthSink*>& sinks) {
  MapRange range = depth_.range();
  const bool exact = summary_.output_size == depth_.size() && range.empty_pixels == 0;
  const bool needed = std::any_of(sinks.begin(), sinks.end(),
                                  [](const DepthSink* sink) { return sink->needs_range(); });
  if (exact || !needed) {
    depth_.require_whole(progress_);  // Before an output begins.
    return range;
  }
  range = {};
  for (std::int64_t frame = 0; frame < summary_.frames; ++frame) {
    progress_.check_cancelled();
    range.include(range_of(output_map(frame)));
  }
  return range;
}

void ClipRun::write(const std::vector<DepthSink*>& sinks) {
  // All times are known now, also to a job that goes on and does not read its clip again.
  const FrameTimes times = frame_times(frames_.times(), source_.info());
  for (const std::string& remark : times.remarks) progress_.warn(remark);
  summary_.frame_rate = times.frame_rate;
  summary_.variable_frame_rate = times.variable_frame_rate;
  stages_.run({.name = "write", .total = summary_.frames, .unit = "frames"}, [&](Progress&) {
    const MapRange range = output_range(sinks);
    const DepthClipInfo depth_info{.frames = summary_.frames,
                                   .height_px = summary_.output_size.height_px,
                                   .width_px = summary_.output_size.width_px,
                                   .min = range.min,
                                   .max = range.max,
                                   .frame_rate = times.frame_rate,
                                   .time_base = times.time_base,
                                   .frame_numbers = frame_numbers(),
                                   .values = method_.values()};
    const OperationThreads serial(1);
    writes_ = true;
    // A thread for each file: the slowest of them, not their sum, is what the clip
    // waits for.
    std::vector<std::unique_ptr<BackgroundWorker>> workers;
    for (DepthSink* sink : sinks) {
      sink->begin(depth_info);
      workers.push_back(std::make_unique<BackgroundWorker>(kFramesAhead, sink->name()));
    }
    for (std::int64_t frame = 0; frame < summary_.frames; ++frame) {
      progress_.check_cancelled();
      const at::Tensor map = output_map(frame);
      const std::int64_t pts = times.ticks[static_cast<std::size_t>(frame)];
      for (std::size_t i = 0; i < sinks.size(); ++i) {
        workers[i]->submit([sink = sinks[i], map, pts] {
          const TraceSpan span("write", sink->name());
          sink->write(map, pts);
        });
      }
      progress_.advance(frame + 1);
    }
    for (const auto& worker : workers) worker->wait();
    return std::string();
  });
}

// Those that can be of use to the method.
std::vector<Worker> workers_of(const DepthMethod& method, const ClipRunOptions& options) {
  if (!options.workers.empty() && method.can_share_units()) return options.workers;
  return {{.device = method.device(), .threads = at::get_num_threads()}};
}

}  // namespace

ClipRunSummary run_clip(FrameSource& source, DepthMethod& method,
                        const std::vector<DepthSink*>& sinks, SnippetArchive* archive,
                        const ClipRunOptions& options, Progress& progress) {
  const c10::InferenceMode inference;
  Spool spool(options.spool);
  const bool goes_on = spool.taken_bytes() > 0;
  const std::vector<Worker> workers = workers_of(method, options);
  Crew crew(crew_members(workers));
  std::optional<ClipRun> run;
  const auto begin = [&] {
    run.emplace(source, method, spool, goes_on, workers, crew, options, progress);
  };
  begin();
  try {
    return run->run(sinks, archive);
  } catch (const MissingRecord& missing) {
    // A record of this run's own is a broken disk; an output that has begun cannot begin again, and
    // a clip that was read cannot be read once more.
    if (!(goes_on || spool.has_others()) || run->writes()) throw;
    progress.warn(std::string(missing.what()) +
                  "; all that others have left is checked, and what is damaged computed again");
  }
  const bool has_read = run->has_read();
  spool.distrust();
  begin();
  if (has_read) run->forbid_reading();
  return run->run(sinks, archive);
}

}  // namespace rollingdepth
