#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "align/snippet_samples.hpp"

namespace rollingdepth {

/// How the aligned maps of a frame become one.
enum class MergeMethod {
  kWeighted,  ///< Mean with weights that fall with the distance from the median.
  kMean,      ///< As the original does.
  kMedian,
};
std::vector<std::string> merge_method_names();
std::string to_string(MergeMethod method);
/// @throws Error(kUsage) for an unknown name.
MergeMethod parse_merge_method(std::string_view name);

struct MergeOptions {
  MergeMethod method = MergeMethod::kWeighted;
  float minimum = 0;  ///< Subtracted from every map before its affine.
  /// kWeighted: standard deviation of aligned maps about their median, CoAlignSummary::noise.
  /// 0 gives the median.
  double noise = 0;
};

/// Reads one decoded map, [H, W] float32 on CPU.
using MapReader = std::function<at::Tensor(const CoveringMap&)>;

/// One map out of a frame's covering maps A = scale * (x - minimum) + shift. Maps of weight 0 are
/// left out; values that are not finite are left out pixel by pixel, and where all are, so is the
/// result. kWeighted: two rounds of sum(w A) / sum(w) with w the map's weight times
/// 1 / (1 + (r / 5 noise)^2)^2, r the distance from the median, then from the first round's mean.
/// @param maps REQUIRES: at least one. @return [H, W] float32 on CPU.
/// @throws Error(kFailed) for maps that are not all of one size, or where all weigh 0.
at::Tensor merge_frame(const std::vector<CoveringMap>& maps,
                       const std::vector<SnippetAffine>& affines, const MergeOptions& options,
                       const MapReader& read_map);

/// Maps [min, max] of the clip to [-1, 1]: (x - min) / (max - min) * 2 - 1. A flat clip gives -1.
/// In place. @param depth float32 on CPU.
void normalize_(at::Tensor& depth, float min, float max);

}  // namespace rollingdepth
