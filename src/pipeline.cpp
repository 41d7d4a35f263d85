#include "rollingdepth/pipeline.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "rollingdepth/align/merge_clip.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/infer/snippet_predictor.hpp"
#include "rollingdepth/infer/vae.hpp"

namespace rollingdepth {
namespace {

using Clock = std::chrono::steady_clock;

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

// The clip as the networks see it.
struct EncodedClip {
  at::Tensor latents;             // [N, C, h, w] model dtype and device, scaled.
  std::vector<std::int64_t> pts;  // [N]
};

// The decoded maps of every distinct dilation. A dilation that occurs twice (a capped one can equal
// another) is computed once and counts twice: `entries` names its store twice.
struct PredictedClip {
  std::vector<FloatStore> stores;
  std::vector<SnippetPlan> plans;    // One per store.
  std::vector<at::Tensor> samples;   // One per store, [S, L, h', w'].
  std::vector<std::size_t> entries;  // Store of each dilation in effect.
  std::int64_t maps = 0;             // Of all stores together.
  float minimum = 0;                 // Over all maps.
};

class PipelineRun {
 public:
  PipelineRun(FrameSource& source, DepthModel& model, const PipelineOptions& options,
              Progress& progress)
      : source_(source), model_(model), options_(options), progress_(progress) {}

  PipelineSummary run(const std::vector<DepthSink*>& sinks, SnippetArchive* archive);

 private:
  // Runs one stage between Progress::begin and end; `work` returns the text beside its time.
  template <class Work>
  void stage(const std::string& name, std::int64_t total, std::string_view unit, Work&& work);

  EncodedClip encode();
  void encode_batch(std::vector<at::Tensor>& frames, std::vector<at::Tensor>& latents);
  PredictedClip predict(const EncodedClip& clip, const ClipPlan& plan, const at::Tensor& noise);
  void predict_dilation(const EncodedClip& clip, const at::Tensor& noise, PredictedClip& predicted,
                        ValueRange& range, std::int64_t done);
  CoAlignResult align(PredictedClip& predicted);
  static std::vector<SpooledSnippets> spooled(const PredictedClip& predicted);
  FloatStore merge(const PredictedClip& predicted, const CoAlignResult& aligned);
  void refine(const EncodedClip& clip, const at::Tensor& noise, FloatStore& depth);
  void write(const EncodedClip& clip, FloatStore& depth, const std::vector<DepthSink*>& sinks);
  at::Tensor output_map(const FloatStore& depth, std::int64_t frame) const;

  FrameSource& source_;
  DepthModel& model_;
  const PipelineOptions& options_;
  Progress& progress_;
  PipelineSummary summary_;
};

template <class Work>
void PipelineRun::stage(const std::string& name, std::int64_t total, std::string_view unit,
                        Work&& work) {
  progress_.check_cancelled();
  const auto start = Clock::now();
  progress_.begin(name, total, unit);
  const std::string result = work();
  progress_.end(result);
  summary_.stage_seconds.emplace_back(name,
                                      std::chrono::duration<double>(Clock::now() - start).count());
}

PipelineSummary PipelineRun::run(const std::vector<DepthSink*>& sinks, SnippetArchive* archive) {
  const ClipInfo& info = source_.info();
  summary_.input_size = {info.width_px, info.height_px};

  EncodedClip clip;
  const std::int64_t total = expected_frames(info, options_).value_or(options_.frame_count);
  stage("encode", total, "frames", [&] {
    clip = encode();
    return std::string();
  });
  summary_.frames = clip.latents.size(0);

  const ClipPlan plan = plan_clip(summary_.input_size, summary_.frames, model_.info(), options_);
  for (const std::string& warning : plan.warnings) progress_.warn(warning);
  summary_.processing_size = plan.processing_size;
  summary_.output_size = plan.output_size;
  summary_.snippet_length = plan.snippet_length;
  summary_.snippets = plan.snippets();
  for (const std::size_t entry : plan.entries) {
    summary_.dilations.push_back(plan.dilations[entry].dilation);
  }

  const at::Tensor noise = initial_noise(options_.seed, model_.info().latent_channels,
                                         clip.latents.size(2), clip.latents.size(3));
  FloatStore depth = [&] {
    PredictedClip predicted = predict(clip, plan, noise);
    const CoAlignResult aligned = align(predicted);
    summary_.align = aligned.summary;
    if (archive != nullptr) {
      stage("save snippets", 0, "", [&] {
        archive->write(spooled(predicted));
        return std::string();
      });
    }
    return merge(predicted, aligned);
  }();
  if (options_.refine.steps > 0) refine(clip, noise, depth);
  write(clip, depth, sinks);
  return std::move(summary_);
}

void PipelineRun::encode_batch(std::vector<at::Tensor>& frames, std::vector<at::Tensor>& latents) {
  if (frames.empty()) return;
  const FrameSize size =
      processing_size(summary_.input_size, options_.res_px, model_.info().downscale);
  const at::Tensor encoded =
      encode_rgb(model_, prepare_frames(at::stack(frames), size, options_.resample));
  latents.push_back(options_.unload_snippet ? encoded.cpu() : encoded);
  frames.clear();
}

EncodedClip PipelineRun::encode() {
  EncodedClip clip;
  std::vector<at::Tensor> batch;
  std::vector<at::Tensor> latents;
  std::int64_t index = 0;
  while (options_.frame_count == 0 || index - options_.start_frame < options_.frame_count) {
    progress_.check_cancelled();
    std::optional<Frame> frame = source_.next();
    if (!frame) break;
    if (index++ < options_.start_frame) continue;
    clip.pts.push_back(frame->pts);
    batch.push_back(std::move(frame->rgb));
    if (static_cast<std::int64_t>(batch.size()) < options_.max_vae_frames) continue;
    encode_batch(batch, latents);
    progress_.advance(static_cast<std::int64_t>(clip.pts.size()));
  }
  encode_batch(batch, latents);
  progress_.advance(static_cast<std::int64_t>(clip.pts.size()));
  if (latents.empty()) {
    throw Error(ErrorKind::kInput, "no frame to process: the clip has " + std::to_string(index) +
                                       " frames and the first one asked for is " +
                                       std::to_string(options_.start_frame));
  }
  clip.latents = at::cat(latents);
  return clip;
}

PredictedClip PipelineRun::predict(const EncodedClip& clip, const ClipPlan& plan,
                                   const at::Tensor& noise) {
  PredictedClip predicted{.stores = {},
                          .plans = {},
                          .samples = {},
                          .entries = plan.entries,
                          .maps = plan.distinct_snippets() * plan.snippet_length};
  ValueRange range;
  stage("snippets", plan.distinct_snippets(), "snippets", [&] {
    std::int64_t done = 0;
    for (const SnippetPlan& dilation : plan.dilations) {
      predicted.plans.push_back(dilation);
      predict_dilation(clip, noise, predicted, range, done);
      done += dilation.size();
    }
    return std::string();
  });
  predicted.minimum = range.min;
  return predicted;
}

void PipelineRun::predict_dilation(const EncodedClip& clip, const at::Tensor& noise,
                                   PredictedClip& predicted, ValueRange& range, std::int64_t done) {
  const SnippetPlan& plan = predicted.plans.back();
  const FrameSize size = summary_.processing_size;
  FloatStore& store = predicted.stores.emplace_back(
      options_.spool, plan.size(),
      std::vector<std::int64_t>{plan.length, size.height_px, size.width_px});
  const int stride_px =
      options_.align.sample_stride_px(size.height_px, size.width_px, predicted.maps);
  const auto thin_out = [&](const at::Tensor& maps) {
    return alignment_samples(maps, stride_px, options_.align.border_px);
  };
  const at::Tensor one = thin_out(at::empty({size.height_px, size.width_px}));
  const at::Tensor samples = at::empty({plan.size(), plan.length, one.size(0), one.size(1)});
  const PredictorOptions predictor{.max_snippets = options_.max_snippets,
                                   .max_vae_frames = options_.max_vae_frames};
  predict_snippets(
      model_, clip.latents, noise, plan, predictor,
      [&](std::int64_t k, const at::Tensor& maps) {
        range.include(maps);
        if (!std::isfinite(range.min) || !std::isfinite(range.max)) {
          throw Error(ErrorKind::kFailed,
                      "the network's depth for snippet " + std::to_string(k) + " of dilation " +
                          std::to_string(plan.dilation) +
                          " is not finite; try --dtype fp32 or another checkpoint");
        }
        store.write(k, maps.contiguous());
        samples[k].copy_(thin_out(maps));
        progress_.advance(done + k + 1);
      },
      progress_);
  predicted.samples.push_back(samples);
}

CoAlignResult PipelineRun::align(PredictedClip& predicted) {
  CoAlignResult result;
  const bool adam = options_.align.aligner == Aligner::kAdam;
  stage("align", adam ? options_.align.max_steps : options_.align.max_rounds,
        adam ? "steps" : "rounds", [&] {
          for (at::Tensor& samples : predicted.samples) samples.sub_(predicted.minimum);
          std::vector<SnippetSamples> snippets;
          for (const std::size_t entry : predicted.entries) {
            snippets.push_back({predicted.plans[entry], predicted.samples[entry]});
          }
          result = co_align(snippets, options_.align, progress_);
          return one_line(result.summary);
        });
  for (const std::string& warning : warnings_of(result.summary)) progress_.warn(warning);
  return result;
}

std::vector<SpooledSnippets> PipelineRun::spooled(const PredictedClip& predicted) {
  std::vector<SpooledSnippets> snippets;
  for (const std::size_t entry : predicted.entries) {
    snippets.push_back({predicted.plans[entry], &predicted.stores[entry]});
  }
  return snippets;
}

FloatStore PipelineRun::merge(const PredictedClip& predicted, const CoAlignResult& aligned) {
  std::optional<MergedClip> merged;
  stage("merge", summary_.frames, "frames", [&] {
    merged = merge_clip(spooled(predicted), aligned,
                        {.method = options_.merge, .minimum = predicted.minimum, .noise = 0},
                        options_.spool, progress_);
    return to_string(options_.merge);
  });
  return std::move(merged->depth);
}

void PipelineRun::refine(const EncodedClip& clip, const at::Tensor& noise, FloatStore& depth) {
  const std::int64_t batch = options_.max_vae_frames;
  stage("refine", options_.refine.steps, "steps", [&] {
    std::vector<at::Tensor> encoded;
    for (std::int64_t first = 0; first < summary_.frames; first += batch) {
      progress_.check_cancelled();
      std::vector<at::Tensor> maps;
      for (std::int64_t i = first; i < std::min(first + batch, summary_.frames); ++i) {
        maps.push_back(depth.read(i));
      }
      encoded.push_back(encode_depth(model_, at::stack(maps).unsqueeze(1)));
    }
    const at::Tensor refined =
        refine_latents(model_, clip.latents, at::cat(encoded), noise, options_.refine, progress_);
    for (std::int64_t first = 0; first < summary_.frames; first += batch) {
      progress_.check_cancelled();
      const std::int64_t count = std::min(batch, summary_.frames - first);
      const at::Tensor maps = decode_depth(model_, refined.narrow(0, first, count));
      if (!at::isfinite(maps).all().item<bool>()) {
        throw Error(ErrorKind::kFailed,
                    "the refined depth is not finite; try --dtype fp32 or --refine-step 0");
      }
      for (std::int64_t i = 0; i < count; ++i) depth.write(first + i, maps[i][0].contiguous());
    }
    return std::string();
  });
}

at::Tensor PipelineRun::output_map(const FloatStore& depth, std::int64_t frame) const {
  const at::Tensor map = depth.read(frame);
  return resample(map.unsqueeze(0).unsqueeze(0), summary_.output_size, options_.resample)
      .squeeze(0)
      .squeeze(0)
      .contiguous();
}

void PipelineRun::write(const EncodedClip& clip, FloatStore& depth,
                        const std::vector<DepthSink*>& sinks) {
  stage("write", summary_.frames, "frames", [&] {
    ValueRange range;
    for (std::int64_t frame = 0; frame < summary_.frames; ++frame) {
      progress_.check_cancelled();
      range.include(output_map(depth, frame));
    }
    const ClipInfo& info = source_.info();
    const DepthClipInfo depth_info{.frames = summary_.frames,
                                   .height_px = summary_.output_size.height_px,
                                   .width_px = summary_.output_size.width_px,
                                   .min = range.min,
                                   .max = range.max,
                                   .frame_rate = info.frame_rate,
                                   .time_base = info.time_base,
                                   .variable_frame_rate = info.variable_frame_rate};
    for (DepthSink* sink : sinks) sink->begin(depth_info);
    for (std::int64_t frame = 0; frame < summary_.frames; ++frame) {
      progress_.check_cancelled();
      const at::Tensor map = output_map(depth, frame);
      for (DepthSink* sink : sinks) sink->write(map, clip.pts[static_cast<std::size_t>(frame)]);
      progress_.advance(frame + 1);
    }
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
  return PipelineRun(source, model, options, progress).run(sinks, archive);
}

}  // namespace rollingdepth
