#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "align/snippet_plan.hpp"

namespace rollingdepth {

/// All snippets of one dilation, thinned out for the co-alignment fit.
struct SnippetSamples {
  SnippetPlan plan;    ///< Which frames each snippet holds.
  at::Tensor samples;  ///< [S, L, h', w'] float32 on CPU, contiguous: cropped, every k-th pixel.
};

/// One scale and one shift per snippet: aligned = scale * (x - minimum) + shift.
struct SnippetAffine {
  at::Tensor scale;   ///< [S] float32 on CPU; > 0 from irls.
  at::Tensor shift;   ///< [S] float32 on CPU.
  at::Tensor weight;  ///< [S, L] float32 on CPU: how far a map is to be trusted, 0 (not at all)..1.
};

/// @throws Error(kFailed) for entries that do not fit together: shapes, frame counts, sizes.
void check_samples(const std::vector<SnippetSamples>& snippets);

/// @throws Error(kFailed) where depth reaches too far for float32: squares of differences overflow,
/// and beside one such value all others are lost.
void require_spread(float minimum, float maximum);

/// Crops `border_px` on every side (less on an axis that would keep nothing), then keeps every
/// `stride_px`-th pixel of each axis.
/// @param maps [..., H, W]. @return [..., h', w'], a contiguous copy.
/// @throws Error(kUsage) for a stride or border out of range, Error(kFailed) for maps of no pixels.
at::Tensor alignment_samples(const at::Tensor& maps, std::int64_t stride_px,
                             std::int64_t border_px);

}  // namespace rollingdepth
