#include "rollingdepth/align/merge_clip.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "rollingdepth/base/error.hpp"

namespace rollingdepth {
namespace {

/// Smallest and largest finite value, and how many values are not finite.
struct FiniteRange {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
  std::int64_t not_finite = 0;

  void include(const at::Tensor& map) {
    const float* values = map.const_data_ptr<float>();
    for (std::int64_t p = 0; p < map.numel(); ++p) {
      if (std::isfinite(values[p])) {
        min = std::min(min, values[p]);
        max = std::max(max, values[p]);
      } else {
        ++not_finite;
      }
    }
  }
};

}  // namespace

MergedClip merge_clip(const std::vector<SpooledSnippets>& snippets, const CoAlignResult& aligned,
                      MergeOptions options, const SpoolPlace& spool, Progress& progress) {
  options.noise = aligned.summary.noise;
  std::vector<SnippetPlan> plans;
  for (const SpooledSnippets& entry : snippets) plans.push_back(entry.plan);
  const std::int64_t frames = plans.front().frames;
  const std::vector<std::int64_t>& record = snippets.front().maps->shape();
  MergedClip merged{.depth = FloatStore(spool, frames, {record.at(1), record.at(2)})};
  const auto covering = covering_maps(plans, frames);
  const auto read_map = [&](const CoveringMap& map) {
    return snippets[map.entry].maps->read_row(map.snippet, map.position);
  };
  FiniteRange range;
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    progress.check_cancelled();
    const at::Tensor map =
        merge_frame(covering[static_cast<std::size_t>(frame)], aligned.affines, options, read_map);
    range.include(map);
    merged.depth.write(frame, map);
    progress.advance(frame + 1);
  }
  if (range.max < range.min) {
    throw Error(ErrorKind::kFailed, "the merged depth holds no finite value");
  }
  merged.empty_pixels = range.not_finite;
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    progress.check_cancelled();
    at::Tensor map = merged.depth.read(frame);
    normalize_(map, range.min, range.max);
    merged.depth.write(frame, map);
  }
  return merged;
}

}  // namespace rollingdepth
