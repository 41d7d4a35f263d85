#include "method/align_and_merge.hpp"

#include <string>

#include "merge/merge_clip.hpp"

namespace rollingdepth {

CoAlignSummary align_and_merge(SnippetSet& snippets, const AlignAndMergeOptions& options,
                               ChunkMaps merged, Stages& stages) {
  CoAlignResult aligned;
  const bool adam = options.align.aligner == Aligner::kAdam;
  stages.run({.name = "align",
              .total = adam ? options.align.max_steps : options.align.max_rounds,
              .unit = adam ? "steps" : "rounds",
              .whole = options.whole,
              .chunk = options.chunk},
             [&](Progress& progress) {
               aligned = co_align(snippets.samples(), options.align, progress);
               return one_line(aligned.summary);
             });
  for (const std::string& warning : warnings_of(aligned.summary)) {
    stages.warn(warning, options.chunk);
  }
  const std::vector<SpooledSnippets> maps = snippets.maps();
  if (options.archive != nullptr) {
    stages.run({.name = "save snippets", .whole = options.whole, .chunk = options.chunk},
               [&](Progress&) {
                 options.archive->write(maps);
                 return std::string();
               });
  }
  stages.run({.name = "merge",
              .total = maps.front().plan.frames,
              .unit = "frames",
              .whole = options.whole,
              .chunk = options.chunk},
             [&](Progress& progress) {
               if (!options.merged || options.on_merged) {
                 merge_clip(maps, aligned,
                            {.method = options.merge, .minimum = snippets.minimum(), .noise = 0},
                            merged, !options.keep_maps, progress, options.on_merged);
               }
               return to_string(options.merge);
             });
  return aligned.summary;
}

}  // namespace rollingdepth
