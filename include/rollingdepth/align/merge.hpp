#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "rollingdepth/align/snippet_samples.hpp"

namespace rollingdepth {

/// Where a frame occurs: map `position` of snippet `snippet` of dilation entry `entry`.
struct CoveringMap {
  std::size_t entry = 0;
  std::int64_t snippet = 0;
  std::int64_t position = 0;
};

/// For each of N frames the maps that cover it, in the order entry, snippet.
/// @throws Error(kFailed) for a plan that names a frame outside the clip.
std::vector<std::vector<CoveringMap>> covering_maps(const std::vector<SnippetPlan>& plans,
                                                    std::int64_t frames);

/// Reads one decoded map, [H, W] float32 on CPU.
using MapReader = std::function<at::Tensor(const CoveringMap&)>;

/// The mean over a frame's covering maps of scale * (x - minimum) + shift.
/// @param maps REQUIRES: at least one. @return [H, W] float32 on CPU.
/// @throws Error(kFailed) for maps that are not all of one size.
at::Tensor merge_frame(const std::vector<CoveringMap>& maps,
                       const std::vector<SnippetAffine>& affines, float minimum,
                       const MapReader& read_map);

/// Maps [min, max] of the clip to [-1, 1]: (x - min) / (max - min) * 2 - 1. A flat clip gives -1.
/// In place. @param depth float32 on CPU.
void normalize_(at::Tensor& depth, float min, float max);

}  // namespace rollingdepth
