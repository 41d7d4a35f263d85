#include "method/rolling_depth/predicted_chunk.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/background_worker.hpp"
#include "base/trace.hpp"

namespace rollingdepth {
namespace {

// Of maps that wait to be thinned out and written while the networks go on; one snippet may always.
constexpr std::int64_t kWaitingBytes = 16 * 1024 * 1024;

int sample_stride_px(const ClipPlan& plan, const RollingDepthOptions& options) {
  return options.align.sample_stride_px(plan.processing_size.height_px,
                                        plan.processing_size.width_px,
                                        plan.distinct_snippets() * plan.snippet_length);
}

}  // namespace

PredictedChunk::PredictedChunk(Spool& spool, const std::string& name, const ClipPlan& plan,
                               const RollingDepthOptions& options)
    : plan_(plan), options_(options), stride_px_(sample_stride_px(plan, options)) {
  const FrameSize size = plan.processing_size;
  const std::vector<UnitRecords> records = snippet_records(name, plan, options);
  for (std::size_t i = 0; i < plan.dilations.size(); ++i) {
    const SnippetPlan& snippets = plan.dilations[i];
    const auto values = records[i].record_bytes / static_cast<std::int64_t>(sizeof(float));
    dilations_.push_back(std::unique_ptr<Dilation>(
        new Dilation{snippets,
                     MapStore(spool, name + "maps-" + std::to_string(snippets.dilation),
                              {snippets.size(), snippets.length, size.height_px, size.width_px},
                              options.spool_dtype),
                     TensorStore(spool, records[i].store, {values}, at::kFloat)}));
  }
}

std::vector<UnitRecords> snippet_records(const std::string& name, const ClipPlan& plan,
                                         const RollingDepthOptions& options) {
  const FrameSize size = plan.processing_size;
  const at::Tensor one =
      alignment_samples(at::empty({1, 1}).expand({size.height_px, size.width_px}),
                        sample_stride_px(plan, options), options.align.border_px);
  std::vector<UnitRecords> records;
  for (const SnippetPlan& snippets : plan.dilations) {
    const std::int64_t values = snippets.length * one.numel() + 1;
    records.push_back({.phase = "snippets",
                       .unit = "snippets",
                       .store = name + "samples-" + std::to_string(snippets.dilation),
                       .first = 0,
                       .units = snippets.size(),
                       .record_bytes = values * static_cast<std::int64_t>(sizeof(float))});
  }
  return records;
}

at::Tensor PredictedChunk::thin_out(const at::Tensor& maps) const {
  return alignment_samples(maps, stride_px_, options_.align.border_px);
}

bool PredictedChunk::wants(const Dilation& dilation, std::int64_t snippet,
                           const std::function<bool(std::int64_t)>& needed) const {
  if (!dilation.samples.has(snippet)) return true;
  // An archive that is half written cannot be begun again.
  if (options_.keep_maps) return !dilation.maps.is_whole(snippet);
  if (dilation.maps.has(snippet)) return false;
  std::int64_t j = 0;
  while (j < dilation.plan.length && !needed(dilation.plan.frame(snippet, j))) ++j;
  return j < dilation.plan.length;
}

void PredictedChunk::keep(Dilation& dilation, std::int64_t snippet, const at::Tensor& maps) const {
  const TraceSpan span("write", "spool snippet");
  const c10::InferenceMode inference;  // As on the thread that the maps come from.
  const MapStore::EncodedSnippet encoded = dilation.maps.encode(maps);
  // Samples come from what the spool will give back: a run that goes on later sees the same.
  const at::Tensor stored = dilation.maps.decode(encoded);
  const at::Tensor samples = at::cat({thin_out(stored).flatten(), stored.min().view({1})});
  dilation.maps.write(snippet, encoded);
  dilation.samples.write(snippet, samples);
}

PredictorOptions PredictedChunk::predictor(const Dilation& dilation, const Wanted& wanted) const {
  return {.max_snippets = options_.batch.snippets,
          .max_vae_frames = options_.batch.vae_frames,
          .begun = wanted.begun,  // Snippet k begins with frame k.
          .wanted = [&](std::int64_t k) { return wants(dilation, k, wanted.needed); }};
}

PredictedChunk::Left PredictedChunk::left(const Wanted& wanted) const {
  Left left;
  for (const auto& dilation : dilations_) {
    const PredictorOptions options = predictor(*dilation, wanted);
    for (const UnitRange batch : batches_of(dilation->plan, options)) {
      if (!is_wanted(batch, options)) continue;
      const std::int64_t end = dilation->plan.frame(batch.last - 1, dilation->plan.length - 1) + 1;
      const std::int64_t first =
          left.snippets == 0 ? batch.first : std::min(left.frames.first, batch.first);
      left.frames = {first, std::max(left.frames.last, end)};
      left.snippets += batch.last - batch.first;
    }
  }
  return left;
}

void PredictedChunk::predict(Crew& crew, const CrewModels& models, const LatentReader& latents,
                             const at::Tensor& noise, const Wanted& wanted, Progress& progress,
                             std::int64_t done) {
  const std::int64_t snippet_bytes = plan_.snippet_length * plan_.processing_size.width_px *
                                     plan_.processing_size.height_px *
                                     static_cast<std::int64_t>(sizeof(float));
  const std::int64_t waiting = std::max<std::int64_t>(1, kWaitingBytes / snippet_bytes);
  BackgroundWorker writer(static_cast<std::size_t>(waiting), "spool");
  std::vector<SnippetSink> sinks;
  for (const auto& dilation : dilations_) {
    sinks.emplace_back([&, &target = *dilation](std::int64_t k, const at::Tensor& maps) {
      writer.submit([this, &target, k, maps] { keep(target, k, maps); });
    });
  }
  CrewTasks tasks(crew, progress, done);
  for (std::size_t i = 0; i < dilations_.size(); ++i) {
    const Dilation& dilation = *dilations_[i];
    predict_snippets(models, latents, noise, dilation.plan, predictor(dilation, wanted), sinks[i],
                     tasks);
  }
  tasks.finish();
  writer.wait();
}

std::vector<SnippetSamples> PredictedChunk::samples() {
  minimum_ = std::numeric_limits<float>::infinity();
  std::vector<at::Tensor> read;
  for (const auto& dilation : dilations_) {
    const FrameSize size = plan_.processing_size;
    const at::Tensor one = thin_out(at::empty({size.height_px, size.width_px}));
    const SnippetPlan& plan = dilation->plan;
    at::Tensor samples = at::empty({plan.size(), plan.length, one.size(0), one.size(1)});
    for (std::int64_t k = 0; k < plan.size(); ++k) {
      const at::Tensor record = dilation->samples.read(k);
      const std::int64_t values = record.numel() - 1;
      samples[k].view({values}).copy_(record.narrow(0, 0, values));
      minimum_ = std::min(minimum_, record[values].item<float>());
    }
    read.push_back(samples);
  }
  for (at::Tensor& samples : read) {
    if (samples.numel() > 0) require_spread(minimum_, samples.max().item<float>());
    samples.sub_(minimum_);
  }
  std::vector<SnippetSamples> snippets;
  for (const std::size_t entry : plan_.entries) {
    snippets.push_back({dilations_[entry]->plan, read[entry]});
  }
  return snippets;
}

std::vector<SpooledSnippets> PredictedChunk::maps() const {
  std::vector<SpooledSnippets> snippets;
  for (const std::size_t entry : plan_.entries) {
    snippets.push_back({dilations_[entry]->plan, &dilations_[entry]->maps});
  }
  return snippets;
}

}  // namespace rollingdepth
