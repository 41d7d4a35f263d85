#include "rollingdepth/align/merge.hpp"

#include <ATen/ATen.h>

#include "rollingdepth/base/error.hpp"

namespace rollingdepth {

std::vector<std::vector<CoveringMap>> covering_maps(const std::vector<SnippetPlan>& plans,
                                                    std::int64_t frames) {
  std::vector<std::vector<CoveringMap>> covering(static_cast<std::size_t>(frames));
  for (std::size_t entry = 0; entry < plans.size(); ++entry) {
    const auto& rows = plans[entry].rows;
    for (std::size_t snippet = 0; snippet < rows.size(); ++snippet) {
      for (std::size_t position = 0; position < rows[snippet].size(); ++position) {
        const std::int64_t frame = rows[snippet][position];
        if (frame < 0 || frame >= frames) {
          throw Error(ErrorKind::kFailed, "a snippet of dilation " +
                                              std::to_string(plans[entry].dilation) +
                                              " holds frame " + std::to_string(frame) +
                                              " of a clip of " + std::to_string(frames));
        }
        covering[static_cast<std::size_t>(frame)].push_back(
            {entry, static_cast<std::int64_t>(snippet), static_cast<std::int64_t>(position)});
      }
    }
  }
  return covering;
}

at::Tensor merge_frame(const std::vector<CoveringMap>& maps,
                       const std::vector<SnippetAffine>& affines, float minimum,
                       const MapReader& read_map) {
  if (maps.empty()) throw Error(ErrorKind::kFailed, "cannot merge a frame that no snippet covers");
  at::Tensor sum;
  for (const CoveringMap& map : maps) {
    const at::Tensor x = read_map(map).contiguous();
    if (!sum.defined()) sum = at::zeros(x.sizes(), at::kFloat);
    if (x.scalar_type() != at::kFloat || x.sizes() != sum.sizes()) {
      throw Error(ErrorKind::kFailed, "cannot merge depth maps of different sizes or types");
    }
    const SnippetAffine& affine = affines.at(map.entry);
    const float scale = affine.scale.const_data_ptr<float>()[map.snippet];
    const float shift = affine.shift.const_data_ptr<float>()[map.snippet];
    // One pass per map, instead of the temporaries of the same in tensor operations.
    const float* from = x.const_data_ptr<float>();
    float* to = sum.mutable_data_ptr<float>();
    const std::int64_t pixels = sum.numel();
    for (std::int64_t p = 0; p < pixels; ++p) to[p] += scale * (from[p] - minimum) + shift;
  }
  return sum.div_(static_cast<double>(maps.size()));
}

void normalize_(at::Tensor& depth, float min, float max) {
  const float range = max - min;
  if (!(range > 0)) {
    depth.fill_(-1);
    return;
  }
  depth.sub_(min).div_(range).mul_(2).sub_(1);
}

}  // namespace rollingdepth
