#include "method/rolling_depth/rolling_depth_run.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "merge/alignment_json.hpp"
#include "method/align_and_merge.hpp"
#include "method/clip_frames.hpp"
#include "method/rolling_depth/clip_chunks.hpp"
#include "method/rolling_depth/vae.hpp"
#include "method/stages.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kEncode = "encode";
constexpr const char* kSnippets = "snippets";
constexpr const char* kRefine = "refine";
// What a chunk is called as a stage that is finished, before its number.
constexpr const char* kChunk = "chunk ";

// Chunks are finished in their order: the last one speaks for all.
std::int64_t count_finished_chunks(const std::vector<std::string>& finished) {
  std::int64_t chunks = 0;
  for (const std::string& stage : finished) {
    if (!stage.starts_with(kChunk)) continue;
    std::int64_t number = 0;
    std::from_chars(stage.data() + std::string_view(kChunk).size(), stage.data() + stage.size(),
                    number);
    chunks = std::max(chunks, number);
  }
  return chunks;
}

}  // namespace

struct RollingDepthRun::Chunk {
  ClipPlan plan;
  std::string name;  // Before the names of its stores; empty for a clip in one piece.
  DepthChunk depth;
  PredictedChunk predicted;

  Chunk(ClipPlan planned, std::string prefix, DepthChunk merged, Spool& spool,
        const RollingDepthOptions& options)
      : plan(std::move(planned)),
        name(std::move(prefix)),
        depth(merged),
        predicted(spool, name, plan, options) {}
};

RollingDepthRun::RollingDepthRun(CrewModels models, const RollingDepthOptions& options,
                                 const MethodInput& input)
    : models_(std::move(models)),
      facts_(*models_.front()),
      options_(options),
      input_(input),
      size_(processing_size(input.size, options.clip.res_px, facts_.info().downscale)),
      encoder_(input.crew, models_,
               {.size = size_,
                .resample = options.clip.resample,
                .max_vae_frames = options.batch.vae_frames,
                .encoded = input.is_finished(kEncode)},
               input.spool),
      merged_(input.spool, "merged", size_),
      finished_chunks_(count_finished_chunks(input.finished)) {
  if (!in_one_piece()) {
    again_.emplace(input.spool, "merged-again", size_);
    faded_.emplace(input.spool, "faded-ranges");
    joins_.emplace(input.spool, "joins", std::vector<std::int64_t>{3}, at::kDouble);
    input.depth.keep_faded_ranges_in(*faded_);
  }
  const std::vector<std::int64_t> shape = latent_shape(size_, facts_.info());
  noise_ = initial_noise(options_.seed, shape[0], shape[1], shape[2]);
}

RollingDepthRun::~RollingDepthRun() = default;

std::int64_t RollingDepthRun::chunk_size() const {
  return in_one_piece() ? std::numeric_limits<std::int64_t>::max() : options_.chunk_frames;
}

bool RollingDepthRun::chunk_is_merged() const {
  const bool finished = in_one_piece() ? input_.is_finished("merge")
                                       : std::cmp_less(chunks_.size(), finished_chunks_);
  return finished && !options_.keep_maps;
}

bool RollingDepthRun::chunk_has_maps() const {
  const bool predicted = in_one_piece() && input_.is_finished(kSnippets) && !options_.keep_maps;
  return chunk_is_merged() || predicted;
}

std::optional<Phase> RollingDepthRun::next(const ClipFrames& frames) {
  const auto chunk =
      in_one_piece() ? std::nullopt : std::optional(static_cast<std::int64_t>(chunks_.size()));
  if (chunk_) {
    const std::int64_t snippets = chunk_->plan.distinct_snippets();
    return Phase{.name = kSnippets,
                 .unit = "snippets",
                 .units = {0, snippets},
                 .total = snippets,
                 .whole = in_one_piece(),
                 .chunk = chunk};
  }
  if (!ended_) {
    const std::int64_t until = in_one_piece() ? chunk_size() : first_ + chunk_size();
    return Phase{.name = kEncode,
                 .unit = "frames",
                 .units = {frames.count(), until},
                 .reads = true,
                 .total = std::min(frames.expected().value_or(0), until),
                 .whole = in_one_piece()};
  }
  if (options_.refine.steps == 0 || refined_) return std::nullopt;
  return Phase{.name = kRefine,
               .unit = "steps",
               .units = {0, options_.refine.steps},
               .total = options_.refine.steps,
               .whole = in_one_piece()};
}

void RollingDepthRun::work(const Phase& phase, UnitRange units, ClipFrames& frames,
                           Progress& progress) {
  if (phase.name == kEncode) {
    encoder_.encode_until(units.last, frames, progress);
  } else if (phase.name == kSnippets) {
    const DepthChunk& depth = chunk_->depth;
    const LatentReader chunk_latents = [&](std::vector<std::int64_t> wanted) {
      for (std::int64_t& frame : wanted) frame += depth.first_frame;
      return encoder_.latents(wanted);
    };
    const auto needed = [&](std::int64_t frame) {
      return options_.keep_maps || !depth.merged.has(frame);
    };
    if (!chunk_has_maps()) {
      chunk_->predicted.predict(input_.crew, models_, chunk_latents, noise_, {.needed = needed},
                                progress);
    }
  } else {
    refine(progress);
  }
}

void RollingDepthRun::fuse(const Phase& done, const ClipFrames& frames, Stages& stages) {
  if (done.name == kEncode) {
    if (frames.ended() && !in_one_piece()) stages.note(kEncode);
    open_chunk(frames, stages);
  } else if (done.name == kSnippets) {
    fuse_chunk(frames, stages);
  }
  if (ended_ && done.name != kRefine) input_.depth.measure_range(stages.progress());
}

// --- snippets -----------------------------------------------------------------------------------

void RollingDepthRun::open_chunk(const ClipFrames& source, Stages& stages) {
  const std::int64_t frames = std::min(source.count() - first_, chunk_size());
  // A chunk that would bring no new frame is none.
  if (first_ > 0 && frames <= options_.chunk_overlap) {
    ended_ = true;
    return;
  }
  ClipPlan plan = plan_clip(input_.size, frames, facts_.info(), options_);
  if (chunks_.empty()) {
    for (const std::string& warning : plan.warnings) stages.warn(warning);
    first_plan_ = plan;
  }
  snippets_ += plan.snippets();
  const std::string name = chunk_name(options_, static_cast<std::int64_t>(chunks_.size()));
  const std::int64_t shared = input_.depth.frames() - first_;  // With the chunk before.
  const DepthChunk depth{.first_frame = first_,
                         .frames = frames,
                         .merged = ChunkMaps(merged_, first_, again_ ? &*again_ : nullptr, shared)};
  chunk_ = std::make_unique<Chunk>(std::move(plan), name, depth, input_.spool, options_);
}

MergedFrame RollingDepthRun::merged_frames_from(std::int64_t first) const {
  if (!input_.on_merged) return {};
  return [this, first](std::int64_t frame, const at::Tensor& map) {
    input_.on_merged(first + frame, map);
  };
}

void RollingDepthRun::fuse_chunk(const ClipFrames& source, Stages& stages) {
  const auto index = static_cast<std::int64_t>(chunks_.size());
  const CoAlignSummary aligned =
      align_and_merge(chunk_->predicted,
                      {.align = options_.align,
                       .merge = options_.merge,
                       .keep_maps = options_.keep_maps,
                       .archive = input_.archive,
                       .on_merged = merged_frames_from(chunk_->depth.first_frame),
                       .merged = chunk_is_merged(),
                       .whole = in_one_piece(),
                       .chunk = in_one_piece() ? std::nullopt : std::optional(index)},
                      chunk_->depth.merged, stages);
  DepthChunk depth = chunk_->depth;
  const ClipPlan plan = std::move(chunk_->plan);
  const std::string name = std::move(chunk_->name);
  chunk_.reset();
  for (const SnippetPlan& dilation : plan.dilations) {
    if (!options_.keep_maps) {
      input_.spool.remove(name + "maps-" + std::to_string(dilation.dilation));
    }
  }
  if (index > 0) join(depth, stages);
  if (!in_one_piece()) stages.note(kChunk + std::to_string(index + 1));
  chunks_.push_back({depth.first_frame, depth.frames, depth.joined_from_chunk, aligned});
  ended_ = source.ended() && depth.first_frame + depth.frames == source.count();
  input_.depth.add(depth);
  if (!in_one_piece()) first_ += options_.chunk_frames - options_.chunk_overlap;
}

void RollingDepthRun::join(DepthChunk& chunk, Stages& stages) {
  const auto index = static_cast<std::int64_t>(chunks_.size());
  stages.run({.name = "join", .whole = false, .chunk = index}, [&](Progress&) {
    ChunkAffine& affine = chunk.joined_from_chunk;
    if (const auto known = joins_->find(index)) {
      const auto* values = known->const_data_ptr<double>();
      affine = {.scale = values[0], .shift = values[1], .agreed = values[2] != 0};
      return std::string();
    }
    SilentProgress silent;
    affine = join_chunks(input_.depth.chunks().back(), chunk, silent);
    joins_->write(index, at::tensor({affine.scale, affine.shift, affine.agreed ? 1.0 : 0.0}));
    return std::string();
  });
  if (!chunk.joined_from_chunk.agreed) {
    stages.warn("the depth of frame " + std::to_string(chunk.first_frame) +
                " on does not agree with what was there before; its scale is a guess");
  }
}

// --- refine -------------------------------------------------------------------------------------

namespace {

// Batches of frames [0, frames), a task each, which are told of as no unit of the stage.
void for_batches(
    std::int64_t frames, std::int64_t batch, CrewTasks& tasks,
    const std::function<void(std::size_t member, std::int64_t first, std::int64_t last)>& work) {
  for (std::int64_t first = 0; first < frames; first += batch) {
    const std::int64_t last = std::min(first + batch, frames);
    tasks.submit(0, [&work, first, last](std::size_t member) { work(member, first, last); });
  }
  tasks.finish();
}

void encode_depth_maps(DepthModel& model, const ClipDepth& depth, std::int64_t first,
                       std::int64_t last, TensorStore& latents) {
  if (latents.has_all(first, last)) return;
  std::vector<at::Tensor> maps;
  for (std::int64_t i = first; i < last; ++i) maps.push_back(depth.read(i));
  const at::Tensor encoded = encode_depth(model, at::stack(maps).unsqueeze(1)).cpu();
  for (std::int64_t i = first; i < last; ++i) latents.write(i, encoded[i - first]);
}

void decode_refined(DepthModel& model, const RefinedLatents& latents, std::int64_t first,
                    std::int64_t last, RangedMaps& refined) {
  if (refined.has_all(first, last)) return;
  std::vector<std::int64_t> frames;
  for (std::int64_t i = first; i < last; ++i) frames.push_back(i);
  const auto [maps, finite] = decode_depth(model, latents(frames, model.device()));
  if (!finite) {
    throw Error(ErrorKind::kFailed,
                "the refined depth is not finite; try --dtype fp32 or "
                "--refine-step 0",
                Retry::kNever);
  }
  for (const std::int64_t i : frames) refined.write(i, maps[i - first][0]);
}

}  // namespace

void RollingDepthRun::refine(Progress& progress) {
  const std::int64_t batch = options_.batch.vae_frames;
  Spool& spool = input_.spool;
  refined_ = true;
  if (input_.is_finished(kRefine)) {
    input_.depth.replace(std::make_unique<RangedMaps>(spool, "refined", size_));
    return;
  }
  const std::int64_t frames = input_.depth.frames();
  TensorStore encoded(spool, "depth-latents", noise_[0].sizes().vec(), facts_.dtype());
  {
    const auto encode = [&](std::size_t member, std::int64_t first, std::int64_t last) {
      encode_depth_maps(*models_[member], input_.depth, first, last, encoded);
    };
    CrewTasks tasks(input_.crew, progress);
    for_batches(frames, batch, tasks, encode);
  }
  RefineOptions refine = options_.refine;
  refine.max_snippets = options_.batch.snippets;
  const RefinedLatents refined_latents = refine_latents(
      input_.crew, models_, frames,
      [&](const std::vector<std::int64_t>& wanted) { return encoder_.latents(wanted); },
      [&](const std::vector<std::int64_t>& wanted) { return encoded.read_all(wanted); }, noise_,
      refine, spool, progress);
  auto refined = std::make_unique<RangedMaps>(spool, "refined", size_);
  {
    const auto decode = [&](std::size_t member, std::int64_t first, std::int64_t last) {
      decode_refined(*models_[member], refined_latents, first, last, *refined);
    };
    CrewTasks tasks(input_.crew, progress, refine.steps);
    for_batches(frames, batch, tasks, decode);
  }
  input_.depth.replace(std::move(refined));
}

// --- summary ------------------------------------------------------------------------------------

Settings RollingDepthRun::summary() const {
  std::vector<std::int64_t> dilations;
  for (const std::size_t entry : first_plan_.entries) {
    dilations.push_back(first_plan_.dilations[entry].dilation);
  }
  Settings json = {{"result",
                    {{"dilations", dilations},
                     {"snippet_length", first_plan_.snippet_length},
                     {"snippets", snippets_},
                     {"frames_per_vae_call", options_.batch.vae_frames},
                     {"snippets_per_unet_call", options_.batch.snippets}}},
                   {"alignment", alignment_json(chunks_.front().align, options_.merge)}};
  // None for a clip in one piece, whose alignment stands on its own.
  Settings chunks = Settings::array();
  for (const ChunkSummary& chunk : chunks_) {
    if (chunks_.size() < 2) break;
    chunks.push_back({{"first_frame", chunk.first_frame},
                      {"frames", chunk.frames},
                      {"scale", chunk.joined_from_chunk.scale},
                      {"shift", chunk.joined_from_chunk.shift},
                      {"agrees", chunk.joined_from_chunk.agreed},
                      {"alignment", alignment_json(chunk.align, options_.merge)}});
  }
  json["chunks"] = std::move(chunks);
  return json;
}

}  // namespace rollingdepth
