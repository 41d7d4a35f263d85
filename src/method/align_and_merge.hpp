#pragma once

#include <cstdint>
#include <optional>

#include "align/co_align.hpp"
#include "merge/merge_frame.hpp"
#include "merge/merged_maps.hpp"
#include "merge/spooled_snippets.hpp"
#include "method/stages.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

struct AlignAndMergeOptions {
  CoAlignOptions align;
  MergeMethod merge = MergeMethod::kWeighted;
  bool keep_maps = false;             ///< Not given back once they are merged.
  SnippetArchive* archive = nullptr;  ///< Gets the maps before the merge; may be null.
  MergedFrame on_merged = {};  ///< Gets each frame, counted from the first one; may be empty.
  bool merged = false;         ///< An earlier run has noted that all frames are merged.
  bool whole = true;           ///< The stages are finished with these snippets.
  std::optional<std::int64_t> chunk = std::nullopt;  ///< Named in the stages where it is set.
};

/// Brings snippets to one scale and merges every frame that is missing in `merged`: the stages
/// "align", "save snippets" where there is an archive, and "merge", which share warnings and texts
/// in a run and in `rollingdepth align`.
/// @param merged of N frames.
/// @throws Error(kInput) where a map is missing; Error(kOutput) on a full disk; Cancelled.
CoAlignSummary align_and_merge(SnippetSet& snippets, const AlignAndMergeOptions& options,
                               ChunkMaps merged, Stages& stages);

}  // namespace rollingdepth
