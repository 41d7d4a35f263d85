#include "clip_run.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/background_worker.hpp"
#include "base/error.hpp"
#include "base/frame_times.hpp"
#include "base/prefetched_source.hpp"
#include "base/serial_operations.hpp"
#include "base/trace.hpp"
#include "merge/clip_depth.hpp"
#include "method/clip_frames.hpp"
#include "method/disk_space.hpp"
#include "method/stages.hpp"

namespace rollingdepth {
namespace {

// Frames that are decoded ahead of the networks, and that wait for each file that is written.
constexpr std::size_t kFramesAhead = 4;

// Smallest and largest value seen so far.
struct ValueRange {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();

  void include(const at::Tensor& values) {
    const auto [low, high] = at::aminmax(values);
    min = std::min(min, low.item<float>());
    max = std::max(max, high.item<float>());
  }
};

class ClipRun {
 public:
  // @param goes_on whether an earlier run of the job has left something in `spool`.
  ClipRun(FrameSource& source, DepthMethod& method, Spool& spool, bool goes_on,
          const ClipRunOptions& options, Progress& progress)
      : source_(source, kFramesAhead),
        method_(method),
        options_(options),
        clip_(method.clip_options()),
        progress_(progress),
        spool_(spool),
        goes_on_(goes_on),
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
  void require_space(std::optional<std::int64_t> frames);
  void note_read();
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
  const BatchSizes chosen =
      method_.batch_sizes(summary_.input_size, method_.device(), method_.dtype());
  if (summary_.batch.vae_frames == 0) summary_.batch.vae_frames = chosen.vae_frames;
  if (summary_.batch.snippets == 0) summary_.batch.snippets = chosen.snippets;
}

ClipRunSummary ClipRun::run(const std::vector<DepthSink*>& sinks, SnippetArchive* archive) {
  describe();
  require_space(expected_frames(source_.info(), clip_));
  const std::unique_ptr<MethodRun> run = method_.begin({.size = summary_.input_size,
                                                        .spool = spool_,
                                                        .depth = depth_,
                                                        .archive = archive,
                                                        .batch = summary_.batch,
                                                        .finished = finished_});
  while (const std::optional<Phase> phase = run->next(frames_)) {
    stages_.run({.name = phase->name,
                 .total = phase->total,
                 .unit = phase->unit,
                 .whole = phase->whole,
                 .chunk = phase->chunk},
                [&](Progress& progress) {
                  run->work(*phase, phase->units, frames_, progress);
                  note_read();
                  return std::string();
                });
    run->fuse(*phase, frames_, stages_);
  }
  summary_.frames = depth_.frames();
  summary_.method = run->summary();
  write(sinks);
  summary_.spool_bytes = spool_.peak_disk_bytes();
  summary_.stage_seconds = stages_.seconds();
  return std::move(summary_);
}

void ClipRun::require_space(std::optional<std::int64_t> frames) {
  if (!frames || *frames < 1) return;
  const ClipShape shape{.size = summary_.input_size, .frames = *frames};
  spool_.expect(method_.forecast(shape, method_.dtype()).spool_peak_bytes);
  // A job that goes on was looked at when it began, and has given back some of what it took.
  if (goes_on_) return;
  require_disk_space({.method = method_,
                      .clip = shape,
                      .dtype = method_.dtype(),
                      .output_bytes_per_pixel = options_.output_bytes_per_pixel},
                     options_.spool, spool_.found_bytes());
}

// Once the clip has been read to its end.
void ClipRun::note_read() {
  if (!frames_.ended() || std::exchange(counted_, true)) return;
  if (frames_.has_read() && options_.on_read) options_.on_read(source_.warnings());
  require_space(frames_.count());
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

void ClipRun::write(const std::vector<DepthSink*>& sinks) {
  // All times are known now, also to a job that goes on and does not read its clip again.
  const FrameTimes times = frame_times(frames_.times(), source_.info());
  for (const std::string& remark : times.remarks) progress_.warn(remark);
  summary_.frame_rate = times.frame_rate;
  summary_.variable_frame_rate = times.variable_frame_rate;
  stages_.run({.name = "write", .total = summary_.frames, .unit = "frames"}, [&](Progress&) {
    ValueRange range;
    for (std::int64_t frame = 0; frame < summary_.frames; ++frame) {
      progress_.check_cancelled();
      range.include(output_map(frame));
    }
    const DepthClipInfo depth_info{.frames = summary_.frames,
                                   .height_px = summary_.output_size.height_px,
                                   .width_px = summary_.output_size.width_px,
                                   .min = range.min,
                                   .max = range.max,
                                   .frame_rate = times.frame_rate,
                                   .time_base = times.time_base,
                                   .frame_numbers = frame_numbers()};
    const SerialOperations serial;
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

}  // namespace

ClipRunSummary run_clip(FrameSource& source, DepthMethod& method,
                        const std::vector<DepthSink*>& sinks, SnippetArchive* archive,
                        const ClipRunOptions& options, Progress& progress) {
  const c10::InferenceMode inference;
  Spool spool(options.spool);
  const bool goes_on = spool.found_bytes() > 0;
  std::optional<ClipRun> run;
  run.emplace(source, method, spool, goes_on, options, progress);
  try {
    return run->run(sinks, archive);
  } catch (const MissingRecord& missing) {
    // A record of this run's own is a broken disk; an output that has begun cannot begin again, and
    // a clip that was read cannot be read once more.
    if (!goes_on || run->writes()) throw;
    progress.warn(
        std::string(missing.what()) +
        "; all that earlier runs have left is checked, and what is damaged computed again");
  }
  const bool has_read = run->has_read();
  spool.distrust();
  run.emplace(source, method, spool, goes_on, options, progress);
  if (has_read) run->forbid_reading();
  return run->run(sinks, archive);
}

}  // namespace rollingdepth
