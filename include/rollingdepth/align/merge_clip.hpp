#pragma once

#include <cstdint>
#include <vector>

#include "rollingdepth/align/co_align.hpp"
#include "rollingdepth/align/merge.hpp"
#include "rollingdepth/base/progress.hpp"
#include "rollingdepth/store/float_store.hpp"

namespace rollingdepth {

/// The decoded maps of one dilation, before alignment.
struct SpooledSnippets {
  SnippetPlan plan;
  const FloatStore* maps = nullptr;  ///< S records [L, H, W].
};

/// The merged clip, mapped to [-1, 1].
struct MergedClip {
  FloatStore depth;               ///< N records [H, W].
  std::int64_t empty_pixels = 0;  ///< Without a finite value in any snippet: NaN.
};

/// Merges every frame from its aligned maps, then normalises the clip. Reads one map at a time.
/// @param snippets one per entry of `aligned.affines`. @param options noise is the summary's.
/// @throws Error(kFailed) where no pixel of the clip has a finite value.
MergedClip merge_clip(const std::vector<SpooledSnippets>& snippets, const CoAlignResult& aligned,
                      MergeOptions options, const SpoolPlace& spool, Progress& progress);

}  // namespace rollingdepth
