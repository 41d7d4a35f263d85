#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/crew.hpp"
#include "base/frame_times.hpp"
#include "base/prefetched_source.hpp"
#include "clip_output.hpp"
#include "film/film_run.hpp"
#include "film/shot_run.hpp"
#include "method/clip_frames.hpp"
#include "method/stages.hpp"
#include "nn/workers.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/run.hpp"

namespace rollingdepth {
namespace {

// Frames that are decoded ahead of the networks.
constexpr std::size_t kFramesAhead = 4;

class ClipRun {
 public:
  ClipRun(FrameSource& source, const ShotSetup& setup)
      : source_(source, kFramesAhead),
        setup_(setup),
        options_(setup.options),
        clip_(setup.method.clip_options()),
        // Not believed where something of what they left has turned out to be damaged.
        finished_(setup.spool.distrusts() ? std::vector<std::string>() : options_.finished),
        frames_(source_, clip_, setup.spool,
                std::find(finished_.begin(), finished_.end(), "encode") != finished_.end()) {}

  ClipRunSummary run(const std::vector<DepthSink*>& sinks);
  [[nodiscard]] bool has_read() const { return frames_.has_read(); }
  void forbid_reading() { frames_.forbid_reading(); }
  // Whether outputs have begun.
  [[nodiscard]] bool writes() const { return writes_; }

 private:
  const ClipDepth& compute();
  void write(const ClipDepth& depth, const std::vector<DepthSink*>& sinks);
  std::vector<std::string> frame_numbers() const;

  PrefetchedSource source_;
  const ShotSetup& setup_;
  const ClipRunOptions& options_;
  const ClipOptions& clip_;
  std::vector<std::string> finished_;
  ClipFrames frames_;
  std::optional<ShotRun> shot_;  // One of the two.
  std::optional<FilmRun> film_;
  bool writes_ = false;
  ClipRunSummary summary_;
};

const ClipDepth& ClipRun::compute() {
  if (!options_.cuts.empty()) {
    film_.emplace(frames_, setup_);
    film_->run();
    summary_.method = film_->summary();
    if (options_.cameras) summary_.cameras = film_->cameras();
    summary_.stage_seconds = film_->seconds();
    return film_->depth();
  }
  shot_.emplace(frames_, setup_, finished_);
  shot_->run();
  summary_.method = shot_->summary();
  if (options_.cameras) summary_.cameras = shot_->cameras();
  summary_.stage_seconds = shot_->stages().seconds();
  return shot_->depth();
}

ClipRunSummary ClipRun::run(const std::vector<DepthSink*>& sinks) {
  const ClipInfo& info = source_.info();
  summary_.input_size = {info.width_px, info.height_px};
  summary_.processing_size = setup_.method.processing_size(summary_.input_size);
  summary_.output_size = clip_.restore_res ? summary_.input_size : summary_.processing_size;
  summary_.batch = setup_.batch;
  const ClipDepth& depth = compute();
  summary_.frames = depth.frames();
  const std::vector<Crew::Share> shares = setup_.crew.shares();
  for (std::size_t i = 0; i < shares.size(); ++i) {
    summary_.shares.push_back({setup_.workers[i], shares[i].tasks, shares[i].seconds});
  }
  write(depth, sinks);
  summary_.spool_bytes = setup_.spool.peak_disk_bytes();
  return std::move(summary_);
}

// Of the frames that are used.
std::vector<std::string> ClipRun::frame_numbers() const {
  const std::vector<std::string>& all = source_.info().frame_numbers;
  const std::int64_t end = clip_.start_frame + summary_.frames;
  if (std::cmp_less(all.size(), end)) return {};
  return {all.begin() + clip_.start_frame, all.begin() + end};
}

void ClipRun::write(const ClipDepth& depth, const std::vector<DepthSink*>& sinks) {
  // All times are known now, also to a job that goes on and does not read its clip again.
  const FrameTimes times = frame_times(frames_.times(), source_.info());
  for (const std::string& remark : times.remarks) setup_.progress.warn(remark);
  summary_.frame_rate = times.frame_rate;
  summary_.variable_frame_rate = times.variable_frame_rate;
  const ClipOutput output(depth, {.size = summary_.output_size,
                                  .resample = clip_.resample,
                                  .values = setup_.method.values(),
                                  .frame_numbers = frame_numbers(),
                                  .shots = options_.cuts});
  Stages stages(setup_.progress, setup_.spool, options_.on_finished);
  stages.run({.name = "write", .total = summary_.frames, .unit = "frames"},
             [&](Progress& progress) {
               output.write(sinks, times, progress, [&] { writes_ = true; });
               return std::string();
             });
  summary_.stage_seconds.insert(summary_.stage_seconds.end(), stages.seconds().begin(),
                                stages.seconds().end());
}

// Those that can be of use to the method.
std::vector<Worker> workers_of(const DepthMethod& method, const ClipRunOptions& options) {
  if (!options.workers.empty() && method.can_share_units()) return options.workers;
  return {{.device = method.device(), .threads = at::get_num_threads()}};
}

void validate(const ClipRunOptions& options, const SnippetArchive* archive) {
  if (options.cuts.empty()) return;
  const bool in_order =
      std::is_sorted(options.cuts.begin(), options.cuts.end(), std::less_equal<>());
  if (!in_order || options.cuts.front() < 1) {
    throw Error(ErrorKind::kUsage, "cuts: must be frames from 1 on, each larger than the last");
  }
  if (archive != nullptr) {
    throw Error(ErrorKind::kUsage, "snippets of a clip of several shots cannot be kept");
  }
}

}  // namespace

ClipRunSummary run_clip(FrameSource& source, DepthMethod& method,
                        const std::vector<DepthSink*>& sinks, SnippetArchive* archive,
                        const ClipRunOptions& options, Progress& progress) {
  const c10::InferenceMode inference;
  validate(options, archive);
  Spool spool(options.spool);
  const std::vector<Worker> workers = workers_of(method, options);
  Crew crew(crew_members(workers));
  const ClipInfo& info = source.info();
  const ShotSetup setup{
      .method = method,
      .spool = spool,
      .goes_on = options.goes_on.value_or(spool.taken_bytes() > 0),
      .workers = workers,
      .crew = crew,
      .archive = archive,
      .options = options,
      .batch = batch_of(options, method, {.width_px = info.width_px, .height_px = info.height_px}),
      .progress = progress};
  std::optional<ClipRun> run;
  run.emplace(source, setup);
  try {
    return run->run(sinks);
  } catch (const MissingRecord& missing) {
    // A record of this run's own is a broken disk; an output that has begun cannot begin again, and
    // a clip that was read cannot be read once more.
    if (!(setup.goes_on || spool.has_others()) || run->writes()) throw;
    progress.warn(std::string(missing.what()) +
                  "; all that others have left is checked, and what is damaged computed again");
  }
  const bool has_read = run->has_read();
  spool.distrust();
  run.emplace(source, setup);
  if (has_read) run->forbid_reading();
  return run->run(sinks);
}

}  // namespace rollingdepth
