#pragma once

#include <vector>

#include "align/covered_frames.hpp"
#include "align/frame_products.hpp"
#include "align/snippet_parts.hpp"
#include "align/snippet_system.hpp"

namespace rollingdepth {

/// One round: the affines for which the sum of all frames' quadratic forms is at rest under mean
/// scale 1 and mean shift 0 in every part, with what a frame's residual at `before` would gain from
/// smaller scales held against them (docs/alignment.md, "No gain from being small").
/// @param products  of every frame with two maps or more, at `before`.
/// @param before    scales > 0.
/// @param system    made of these frames; its values are replaced.
/// @throws Error(kFailed) where there is no finite solution.
std::vector<Affine> solve_affines(const CoveredFrames& frames,
                                  const std::vector<FrameProducts>& products,
                                  const SnippetParts& parts, const std::vector<Affine>& before,
                                  SnippetSystem& system);

}  // namespace rollingdepth
