#include "pipeline.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/background_worker.hpp"
#include "base/error.hpp"
#include "base/frame_times.hpp"
#include "base/prefetched_source.hpp"
#include "base/serial_operations.hpp"
#include "base/trace.hpp"
#include "method/rolling_depth/clip_encoder.hpp"
#include "method/rolling_depth/predicted_chunk.hpp"
#include "method/rolling_depth/spool_forecast.hpp"
#include "method/rolling_depth/vae.hpp"
#include "nn/device.hpp"

namespace rollingdepth {
namespace {

using Clock = std::chrono::steady_clock;

// Frames that are decoded ahead of the networks, and that wait for each file that is written.
constexpr std::size_t kFramesAhead = 4;
// What a chunk is called as a stage that is finished, before its number.
constexpr const char* kChunk = "chunk ";
// Of a clip that may be of any length: frames after which the disk is looked at again.
constexpr std::int64_t kFramesBetweenLooks = 256;

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

// The same progress for one of several chunks: stages say which one they belong to.
class ChunkProgress final : public Progress {
 public:
  ChunkProgress(Progress& progress, std::optional<std::size_t> chunk)
      : progress_(progress), suffix_(chunk ? " (chunk " + std::to_string(*chunk + 1) + ")" : "") {}
  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override {
    progress_.begin(std::string(stage) + suffix_, total, unit);
  }
  void advance(std::int64_t done) override { progress_.advance(done); }
  void end(std::string_view result) override { progress_.end(result); }
  void warn(const std::string& message) override { progress_.warn(message + suffix_); }
  void detail(const std::string& message) override { progress_.detail(message + suffix_); }
  void check_cancelled() override { progress_.check_cancelled(); }

 private:
  Progress& progress_;
  std::string suffix_;
};

class PipelineRun {
 public:
  // @param goes_on whether an earlier run of the job has left something in `spool`.
  PipelineRun(FrameSource& source, DepthModel& model, Spool& spool, bool goes_on,
              const PipelineOptions& options, Progress& progress)
      : source_(source, kFramesAhead),
        model_(model),
        progress_(progress),
        spool_(spool),
        goes_on_(goes_on),
        options_(with_batch_sizes(options)),
        encoder_(source_, model,
                 {.start_frame = options.start_frame,
                  .frame_count = options.frame_count,
                  .res_px = options.res_px,
                  .resample = options.resample,
                  .max_vae_frames = options_.batch.vae_frames,
                  .encoded = is_finished("encode")},
                 spool_) {}

  PipelineSummary run(const std::vector<DepthSink*>& sinks, SnippetArchive* archive);
  [[nodiscard]] bool has_read() const { return encoder_.has_read(); }
  [[nodiscard]] bool needs_to_read() const { return !encoder_.ended(); }
  // Whether outputs have begun.
  [[nodiscard]] bool writes() const { return writes_; }

 private:
  // Whether earlier runs of the job have finished a stage, as far as they are believed.
  [[nodiscard]] bool is_finished(const std::string& stage) const;
  [[nodiscard]] std::size_t finished_chunks() const;
  void note_finished(const std::string& stage) const;
  // Runs one stage between Progress::begin and end; `work` returns the text beside its time.
  template <class Work>
  void stage(Progress& progress, const std::string& name, std::int64_t total, std::string_view unit,
             Work&& work);

  PipelineOptions with_batch_sizes(PipelineOptions options);
  void look_for_space();
  [[nodiscard]] DiskNeed need_of(std::int64_t frames) const;
  void require_space(std::int64_t frames) const;
  void expect_frames(std::int64_t frames);
  std::int64_t encode(std::int64_t until);
  void open_merged(FrameSize size);
  void add_chunk(std::int64_t first, std::int64_t frames, SnippetArchive* archive);
  void describe(const ClipPlan& plan);
  CoAlignResult align(PredictedChunk& predicted, Progress& progress);
  void join(DepthChunk& chunk, Progress& progress);
  void encode_depth_maps(TensorStore& latents);
  void refine();
  void decode_refined(const RefinedLatents& latents);
  void require_whole() const;
  MapRange output_range(const std::vector<DepthSink*>& sinks);
  void write(const std::vector<DepthSink*>& sinks);
  at::Tensor output_map(std::int64_t frame) const;
  std::vector<std::string> frame_numbers() const;

  PrefetchedSource source_;
  DepthModel& model_;
  Progress& progress_;
  Spool& spool_;
  bool goes_on_;
  const PipelineOptions options_;
  ClipEncoder encoder_;
  at::Tensor noise_;                  // [1, C, h, w]
  std::optional<RangedMaps> merged_;  // Of all chunks,
  std::optional<RangedMaps> again_;   // of frames that the chunk before shows too,
  std::optional<RangeStore> faded_;   // and of what becomes of the two.
  std::optional<TensorStore> joins_;  // [3]: scale, shift, whether it agreed; of every chunk.
  std::optional<ClipDepth> depth_;
  std::optional<RangedMaps> refined_;
  bool writes_ = false;
  PipelineSummary summary_;
};

bool PipelineRun::is_finished(const std::string& stage) const {
  const auto& finished = options_.finished;
  return !spool_.distrusts() &&
         std::find(finished.begin(), finished.end(), stage) != finished.end();
}

// Chunks are finished in their order: the last one speaks for all.
std::size_t PipelineRun::finished_chunks() const {
  std::size_t chunks = 0;
  for (const std::string& stage : options_.finished) {
    if (spool_.distrusts() || !stage.starts_with(kChunk)) continue;
    std::size_t number = 0;
    std::from_chars(stage.data() + std::string_view(kChunk).size(), stage.data() + stage.size(),
                    number);
    chunks = std::max(chunks, number);
  }
  return chunks;
}

void PipelineRun::note_finished(const std::string& stage) const {
  if (options_.on_finished) options_.on_finished(stage);
}

template <class Work>
void PipelineRun::stage(Progress& progress, const std::string& name, std::int64_t total,
                        std::string_view unit, Work&& work) {
  progress.check_cancelled();
  const TraceSpan span("stage", name);
  const auto start = Clock::now();
  progress.begin(name, total, unit);
  const std::string result = work();
  progress.end(result);
  spool_.note_usage();
  give_back_freed_memory();
  // A stage of one chunk is not finished for the others.
  if (options_.chunk_frames == 0) note_finished(name);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  auto& times = summary_.stage_seconds;
  const auto known = std::find_if(times.begin(), times.end(),
                                  [&](const auto& time) { return time.first == name; });
  if (known == times.end()) {
    times.emplace_back(name, seconds);
  } else {
    known->second += seconds;
  }
}

PipelineSummary PipelineRun::run(const std::vector<DepthSink*>& sinks, SnippetArchive* archive) {
  const ClipInfo& info = source_.info();
  summary_.input_size = {info.width_px, info.height_px};
  summary_.batch = options_.batch;
  look_for_space();
  bool counted = false;
  // A chunk that would bring no new frame is none.
  const std::int64_t size =
      options_.chunk_frames > 0 ? options_.chunk_frames : std::numeric_limits<std::int64_t>::max();
  for (std::int64_t first = 0;; first += size - options_.chunk_overlap) {
    const std::int64_t have = encode(options_.chunk_frames > 0 ? first + size : size);
    const std::int64_t frames = std::min(have - first, size);
    if (first > 0 && frames <= options_.chunk_overlap) break;
    if (encoder_.ended() && !std::exchange(counted, true)) expect_frames(have);
    add_chunk(first, frames, archive);
    if (encoder_.ended() && first + frames == have) break;
  }
  summary_.frames = depth_->frames();
  depth_->measure_range(progress_);
  if (options_.refine.steps > 0) refine();
  write(sinks);
  summary_.spool_bytes = spool_.peak_disk_bytes();
  return std::move(summary_);
}

PipelineOptions PipelineRun::with_batch_sizes(PipelineOptions options) {
  const ClipInfo& info = source_.info();
  const FrameSize size =
      processing_size({info.width_px, info.height_px}, options.res_px, model_.info().downscale);
  options.batch =
      resolve_batch_sizes(options.batch, model_.device(),
                          model_.info().widest_dtype(model_.dtype()), size, options.snippet_length);
  options.refine.max_snippets = options.batch.snippets;
  return options;
}

DiskNeed PipelineRun::need_of(std::int64_t frames) const {
  // A job that goes on was looked at when it began, and has given back some of what it took.
  if (goes_on_) return {};
  return need_of_disk(summary_.input_size, frames, model_.info(), c10::elementSize(model_.dtype()),
                      options_, spool_.taken_bytes());
}

// What a container says that does not list its frames is a reason to warn, not to refuse.
void PipelineRun::look_for_space() {
  const ClipInfo& info = source_.info();
  const std::optional<std::int64_t> frames = expected_frames(info, options_);
  if (!frames || *frames < 1) return;
  if (info.frames_exact) {
    expect_frames(*frames);
    return;
  }
  const DiskNeed need = need_of(*frames);
  if (!need.fits) progress_.warn("if the clip is as long as it says, about " + need.why);
}

// REQUIRES: the clip has that many frames.
void PipelineRun::expect_frames(std::int64_t frames) {
  const SpoolForecast forecast = forecast_spool(summary_.input_size, frames, model_.info(),
                                                c10::elementSize(model_.dtype()), options_);
  spool_.expect(forecast.peak_bytes);
  require_space(frames);
}

// REQUIRES: the clip has that many frames, or more.
void PipelineRun::require_space(std::int64_t frames) const {
  const DiskNeed need = need_of(frames);
  if (need.fits) return;
  throw Error(ErrorKind::kOutput,
              std::string(encoder_.has_read() ? "cannot go on: " : "cannot start: ") + need.why +
                  need.advice,
              Retry::kLater);
}

std::int64_t PipelineRun::encode(std::int64_t until) {
  std::int64_t frames = 0;
  const std::int64_t total =
      expected_frames(source_.info(), options_).value_or(options_.frame_count);
  stage(progress_, "encode", std::min(total, until), "frames", [&] {
    do {
      frames = encoder_.encode_until(std::min(until, frames + kFramesBetweenLooks), progress_);
      // The clip has that many at least, whatever it says.
      if (!encoder_.ended() && !source_.info().frames_exact) require_space(frames);
    } while (!encoder_.ended() && frames < until);
    if (encoder_.ended() && encoder_.has_read() && options_.on_read) {
      options_.on_read(source_.warnings());
    }
    return std::string();
  });
  if (encoder_.ended()) note_finished("encode");
  return frames;
}

void PipelineRun::describe(const ClipPlan& plan) {
  for (const std::string& warning : plan.warnings) progress_.warn(warning);
  summary_.processing_size = plan.processing_size;
  summary_.output_size = plan.output_size;
  summary_.snippet_length = plan.snippet_length;
  for (const std::size_t entry : plan.entries) {
    summary_.dilations.push_back(plan.dilations[entry].dilation);
  }
  const std::int64_t downscale = model_.info().downscale;
  noise_ = initial_noise(options_.seed, model_.info().latent_channels,
                         plan.processing_size.height_px / downscale,
                         plan.processing_size.width_px / downscale);
}

void PipelineRun::open_merged(FrameSize size) {
  merged_.emplace(spool_, "merged", size);
  if (options_.chunk_frames > 0) {
    again_.emplace(spool_, "merged-again", size);
    faded_.emplace(spool_, "faded-ranges");
    joins_.emplace(spool_, "joins", std::vector<std::int64_t>{3}, at::kDouble);
  }
  depth_.emplace(faded_ ? &*faded_ : nullptr);
}

void PipelineRun::add_chunk(std::int64_t first, std::int64_t frames, SnippetArchive* archive) {
  const std::size_t index = summary_.chunks.size();
  const bool whole = options_.chunk_frames == 0;
  ChunkProgress progress(progress_, whole ? std::nullopt : std::optional(index));
  const std::string name = whole ? "" : "chunk" + std::to_string(index) + "-";
  const bool merged =
      (whole ? is_finished("merge") : index < finished_chunks()) && !options_.keep_maps;
  const bool has_maps = merged || (whole && is_finished("snippets") && !options_.keep_maps);
  const ClipPlan plan = plan_clip(summary_.input_size, frames, model_.info(), options_);
  if (index == 0) {
    describe(plan);
    open_merged(plan.processing_size);
  }
  summary_.snippets += plan.snippets();

  const std::int64_t shared = depth_->frames() - first;  // With the chunk before.
  DepthChunk chunk{.first_frame = first,
                   .frames = frames,
                   .merged = ChunkMaps(*merged_, first, again_ ? &*again_ : nullptr, shared)};
  CoAlignResult aligned;
  {
    PredictedChunk predicted(spool_, name, plan, options_);
    stage(progress, "snippets", plan.distinct_snippets(), "snippets", [&] {
      const LatentReader latents = [&](std::vector<std::int64_t> wanted) {
        for (std::int64_t& frame : wanted) frame += first;
        return encoder_.latents(wanted);
      };
      const auto needed = [&](std::int64_t frame) {
        return options_.keep_maps || !chunk.merged.has(frame);
      };
      if (!has_maps) predicted.predict(model_, latents, noise_, needed, progress);
      return std::string();
    });
    aligned = align(predicted, progress);
    if (archive != nullptr) {
      stage(progress, "save snippets", 0, "", [&] {
        archive->write(predicted.maps());
        return std::string();
      });
    }
    stage(progress, "merge", frames, "frames", [&] {
      if (!merged) {
        merge_clip(predicted.maps(), aligned,
                   {.method = options_.merge, .minimum = predicted.minimum(), .noise = 0},
                   chunk.merged, !options_.keep_maps, progress);
      }
      return to_string(options_.merge);
    });
  }
  for (const SnippetPlan& dilation : plan.dilations) {
    if (!options_.keep_maps) spool_.remove(name + "maps-" + std::to_string(dilation.dilation));
  }
  if (index > 0) join(chunk, progress);
  if (!whole) note_finished(kChunk + std::to_string(index + 1));
  summary_.chunks.push_back({first, frames, chunk.joined_from_chunk, aligned.summary});
  depth_->add(chunk);
}

CoAlignResult PipelineRun::align(PredictedChunk& predicted, Progress& progress) {
  CoAlignResult result;
  const bool adam = options_.align.aligner == Aligner::kAdam;
  stage(progress, "align", adam ? options_.align.max_steps : options_.align.max_rounds,
        adam ? "steps" : "rounds", [&] {
          result = co_align(predicted.samples(), options_.align, progress);
          return one_line(result.summary);
        });
  for (const std::string& warning : warnings_of(result.summary)) progress.warn(warning);
  return result;
}

void PipelineRun::join(DepthChunk& chunk, Progress& progress) {
  const auto index = static_cast<std::int64_t>(depth_->chunks().size());
  stage(progress, "join", 0, "", [&] {
    ChunkAffine& affine = chunk.joined_from_chunk;
    if (const auto known = joins_->find(index)) {
      const auto* values = known->const_data_ptr<double>();
      affine = {.scale = values[0], .shift = values[1], .agreed = values[2] != 0};
      return std::string();
    }
    SilentProgress silent;
    affine = join_chunks(depth_->chunks().back(), chunk, silent);
    joins_->write(index, at::tensor({affine.scale, affine.shift, affine.agreed ? 1.0 : 0.0}));
    return std::string();
  });
  if (!chunk.joined_from_chunk.agreed) {
    progress.warn(std::string("the depth of frame ") + std::to_string(chunk.first_frame) +
                  " on does not agree with what was there before; its scale is a guess");
  }
}

void PipelineRun::encode_depth_maps(TensorStore& latents) {
  const std::int64_t batch = options_.batch.vae_frames;
  for (std::int64_t first = 0; first < summary_.frames; first += batch) {
    progress_.check_cancelled();
    const std::int64_t last = std::min(first + batch, summary_.frames);
    if (latents.has_all(first, last)) continue;
    std::vector<at::Tensor> maps;
    for (std::int64_t i = first; i < last; ++i) maps.push_back(depth_->read(i));
    const at::Tensor encoded = encode_depth(model_, at::stack(maps).unsqueeze(1)).cpu();
    for (std::int64_t i = first; i < last; ++i) latents.write(i, encoded[i - first]);
  }
}

void PipelineRun::decode_refined(const RefinedLatents& latents) {
  const std::int64_t batch = options_.batch.vae_frames;
  for (std::int64_t first = 0; first < summary_.frames; first += batch) {
    progress_.check_cancelled();
    const std::int64_t last = std::min(first + batch, summary_.frames);
    if (refined_->has_all(first, last)) continue;
    std::vector<std::int64_t> frames;
    for (std::int64_t i = first; i < last; ++i) frames.push_back(i);
    const auto [maps, finite] = decode_depth(model_, latents(frames));
    if (!finite) {
      throw Error(ErrorKind::kFailed,
                  "the refined depth is not finite; try --dtype fp32 or --refine-step 0",
                  Retry::kNever);
    }
    for (const std::int64_t i : frames) refined_->write(i, maps[i - first][0]);
  }
}

void PipelineRun::refine() {
  stage(progress_, "refine", options_.refine.steps, "steps", [&] {
    const FrameSize size = summary_.processing_size;
    if (is_finished("refine")) {
      refined_.emplace(spool_, "refined", size);
      return std::string();
    }
    TensorStore encoded(spool_, "depth-latents", noise_[0].sizes().vec(), model_.dtype());
    encode_depth_maps(encoded);
    const RefinedLatents latents = refine_latents(
        model_, summary_.frames,
        [&](const std::vector<std::int64_t>& frames) { return encoder_.latents(frames); },
        [&](const std::vector<std::int64_t>& frames) { return encoded.read_all(frames); }, noise_,
        options_.refine, spool_, progress_);
    refined_.emplace(spool_, "refined", size);
    decode_refined(latents);
    return std::string();
  });
}

at::Tensor PipelineRun::output_map(std::int64_t frame) const {
  const TraceSpan span("batch", "depth map");
  const at::Tensor map = refined_ ? refined_->read(frame) : depth_->read(frame);
  return resample(map.unsqueeze(0).unsqueeze(0), summary_.output_size, options_.resample)
      .squeeze(0)
      .squeeze(0)
      .contiguous();
}

// Of the frames that are used.
std::vector<std::string> PipelineRun::frame_numbers() const {
  const std::vector<std::string>& all = source_.info().frame_numbers;
  const std::int64_t end = options_.start_frame + summary_.frames;
  if (std::cmp_less(all.size(), end)) return {};
  return {all.begin() + options_.start_frame, all.begin() + end};
}

// What an earlier run has left must be whole before an output begins.
void PipelineRun::require_whole() const {
  if (!refined_) {
    depth_->require_whole(progress_);
    return;
  }
  for (std::int64_t frame = 0; frame < summary_.frames; ++frame) {
    progress_.check_cancelled();
    if (!refined_->is_whole(frame)) (void)refined_->read(frame);  // Says what is missing.
  }
}

// Of what is written, exactly, where a sink depends on it: maps of another size need a look at all
// of them. Otherwise of the maps that it is made from.
MapRange PipelineRun::output_range(const std::vector<DepthSink*>& sinks) {
  MapRange range;
  if (refined_) {
    for (std::int64_t frame = 0; frame < summary_.frames; ++frame) {
      range.include(refined_->range(frame));
    }
  } else {
    range = depth_->range();
  }
  const bool exact = summary_.output_size == summary_.processing_size && range.empty_pixels == 0;
  const bool needed = std::any_of(sinks.begin(), sinks.end(),
                                  [](const DepthSink* sink) { return sink->needs_range(); });
  if (exact || !needed) {
    require_whole();
    return range;
  }
  ValueRange values;
  for (std::int64_t frame = 0; frame < summary_.frames; ++frame) {
    progress_.check_cancelled();
    values.include(output_map(frame));
  }
  return {.min = values.min, .max = values.max};
}

void PipelineRun::write(const std::vector<DepthSink*>& sinks) {
  // All times are known now, also to a job that goes on and does not read its clip again.
  const FrameTimes times = frame_times(encoder_.noted_times(), source_.info());
  for (const std::string& remark : times.remarks) progress_.warn(remark);
  summary_.frame_rate = times.frame_rate;
  summary_.variable_frame_rate = times.variable_frame_rate;
  stage(progress_, "write", summary_.frames, "frames", [&] {
    const MapRange range = output_range(sinks);
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
    // A thread for each file: the slowest of them, not their sum, is what the clip waits for.
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

PipelineSummary run_pipeline(FrameSource& source, DepthModel& model,
                             const std::vector<DepthSink*>& sinks, SnippetArchive* archive,
                             const PipelineOptions& options, Progress& progress) {
  options.validate();
  check_model_supports(model.info(), options);
  const c10::InferenceMode inference;
  Spool spool(options.spool);
  const bool goes_on = spool.found_bytes() > 0;
  std::optional<PipelineRun> run;
  run.emplace(source, model, spool, goes_on, options, progress);
  try {
    return run->run(sinks, archive);
  } catch (const MissingRecord& missing) {
    // A record of this run's own is a broken disk, and an output that has begun cannot begin again.
    if (!goes_on || run->writes()) throw;
    progress.warn(
        std::string(missing.what()) +
        "; all that earlier runs have left is checked, and what is damaged computed again");
  }
  const bool has_read = run->has_read();
  spool.distrust();
  run.emplace(source, model, spool, goes_on, options, progress);
  if (has_read && run->needs_to_read()) {
    throw MissingRecord(
        "a latent that was whole is damaged now; the disk of the spool is not sound");
  }
  return run->run(sinks, archive);
}

}  // namespace rollingdepth
