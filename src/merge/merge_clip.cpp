#include "merge/merge_clip.hpp"

#include <ATen/core/Tensor.h>

#include "base/trace.hpp"

namespace rollingdepth {

void merge_clip(const std::vector<SpooledSnippets>& snippets, const CoAlignResult& aligned,
                MergeOptions options, ChunkMaps merged, bool release, Progress& progress,
                const std::function<void(std::int64_t frame, const at::Tensor& map)>& on_merged) {
  options.noise = aligned.summary.noise;
  std::vector<SnippetPlan> plans;
  for (const SpooledSnippets& entry : snippets) plans.push_back(entry.plan);
  const std::int64_t frames = plans.front().frames;
  const auto read_map = [&](const CoveringMap& map) {
    return snippets[map.entry].maps->read_map(map.snippet, map.position);
  };
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    progress.check_cancelled();
    const TraceSpan span("batch", "merge frame");
    const std::vector<CoveringMap> maps = covering_maps(plans, frame);
    if (!merged.has(frame)) {
      const at::Tensor map = merge_frame(maps, aligned.affines, options, read_map);
      merged.write(frame, map);
      if (on_merged) on_merged(frame, map);
    } else if (on_merged) {
      on_merged(frame, merged.read(frame));
    }
    if (release) {
      for (const CoveringMap& map : maps) {
        snippets[map.entry].maps->release_map(map.snippet, map.position);
      }
    }
    progress.advance(frame + 1);
  }
}

}  // namespace rollingdepth
