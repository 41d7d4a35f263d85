#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "align/co_align.hpp"
#include "merge/merge_frame.hpp"
#include "merge/merged_maps.hpp"
#include "merge/spooled_snippets.hpp"
#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// Merges every frame that is missing in `merged` from its aligned maps. Reads one map at a time.
/// @param snippets one per entry of `aligned.affines`. @param options noise is the summary's.
/// @param merged   of N frames. @param release gives maps back once they are merged.
/// @param on_merged gets every frame, may be empty.
/// @throws Error(kInput) where a map is missing; Error(kOutput) on a full disk; Cancelled.
void merge_clip(
    const std::vector<SpooledSnippets>& snippets, const CoAlignResult& aligned,
    MergeOptions options, ChunkMaps merged, bool release, Progress& progress,
    const std::function<void(std::int64_t frame, const at::Tensor& map)>& on_merged = {});

}  // namespace rollingdepth
