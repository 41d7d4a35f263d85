#include <algorithm>
#include <memory>
#include <utility>

#include "method/clip_frames.hpp"
#include "method/rolling_depth/clip_chunks.hpp"
#include "method/rolling_depth/rolling_depth_run.hpp"
#include "method/stages.hpp"

namespace rollingdepth {
namespace {

// A chunk of which some snippets of the share are left to do.
struct SharedChunk {
  ClipChunk chunk;
  ClipPlan plan;
  ChunkMaps merged;
  UnitRange begun;  // Frames of the chunk.
  std::int64_t snippets = 0;

  [[nodiscard]] PredictedChunk::Wanted wanted(bool keep_maps) const {
    return {
        .needed = [this, keep_maps](std::int64_t frame) { return keep_maps || !merged.has(frame); },
        .begun = begun};
  }
};

}  // namespace

void RollingDepthRun::work_share(UnitRange begun, ClipFrames& frames, Stages& stages) {
  const std::int64_t count = frames.count();
  std::vector<SharedChunk> shared;
  // Frames of the clip. Those of the share are encoded also where snippets are there without them.
  UnitRange seen{begun.first, std::min(begun.last, count)};
  std::int64_t snippets = 0;
  for (ClipChunk& chunk : chunks_of(options_, count)) {
    const UnitRange part{std::max<std::int64_t>(begun.first - chunk.first, 0),
                         std::min(begun.last - chunk.first, chunk.frames)};
    if (part.first >= part.last) continue;
    const std::int64_t again = chunk.first > 0 ? options_.chunk_overlap : 0;
    SharedChunk one{.chunk = std::move(chunk),
                    .plan = plan_clip(input_.size, chunk.frames, facts_.info(), options_),
                    .merged = ChunkMaps(merged_, chunk.first, again_ ? &*again_ : nullptr, again),
                    .begun = part,
                    .snippets = 0};
    const PredictedChunk predicted(input_.spool, one.chunk.name, one.plan, options_);
    const PredictedChunk::Left left = predicted.left(one.wanted(options_.keep_maps));
    if (left.snippets == 0) continue;
    seen = {std::min(seen.first, one.chunk.first + left.frames.first),
            std::max(seen.last, one.chunk.first + left.frames.last)};
    one.snippets = left.snippets;
    snippets += left.snippets;
    shared.push_back(std::move(one));
  }
  stages.run({.name = "encode", .total = seen.last - seen.first, .unit = "frames"},
             [&](Progress& progress) {
               encoder_.encode_some(seen, count, frames, progress);
               return std::string();
             });
  stages.run({.name = "snippets", .total = snippets, .unit = "snippets"}, [&](Progress& progress) {
    std::int64_t done = 0;
    for (const SharedChunk& one : shared) {
      const LatentReader latents = [&](std::vector<std::int64_t> wanted) {
        for (std::int64_t& frame : wanted) frame += one.chunk.first;
        return encoder_.latents(wanted);
      };
      PredictedChunk predicted(input_.spool, one.chunk.name, one.plan, options_);
      predicted.predict(input_.crew, models_, latents, noise_, one.wanted(options_.keep_maps),
                        progress, done);
      done += one.snippets;
    }
    return std::string();
  });
}

}  // namespace rollingdepth
