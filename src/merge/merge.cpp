#include "merge/merge.hpp"

#include <ATen/ATen.h>

#include <array>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/named_values.hpp"
#include "merge/merge_pixels.hpp"

namespace rollingdepth {
namespace {

constexpr std::array kMethods = {std::pair{MergeMethod::kWeighted, "weighted"},
                                 std::pair{MergeMethod::kMean, "mean"},
                                 std::pair{MergeMethod::kMedian, "median"}};

}  // namespace

std::vector<std::string> merge_method_names() { return names_of(kMethods); }

std::string to_string(MergeMethod method) { return name_of(kMethods, method); }

MergeMethod parse_merge_method(std::string_view text) {
  return value_of(kMethods, "merge method", text);
}

at::Tensor merge_frame(const std::vector<CoveringMap>& maps,
                       const std::vector<SnippetAffine>& affines, const MergeOptions& options,
                       const MapReader& read_map) {
  if (maps.empty()) throw Error(ErrorKind::kFailed, "cannot merge a frame that no snippet covers");
  std::vector<float> aligned, weights;
  at::Tensor merged;
  for (const CoveringMap& map : maps) {
    const SnippetAffine& affine = affines.at(map.entry);
    const float weight =
        affine.weight.const_data_ptr<float>()[map.snippet * affine.weight.size(1) + map.position];
    if (!(weight > 0)) continue;
    const at::Tensor x = read_map(map).contiguous();
    if (!merged.defined()) merged = at::empty(x.sizes(), at::kFloat);
    if (x.scalar_type() != at::kFloat || x.sizes() != merged.sizes()) {
      throw Error(ErrorKind::kFailed, "cannot merge depth maps of different sizes or types");
    }
    const float scale = affine.scale.const_data_ptr<float>()[map.snippet];
    const float shift = affine.shift.const_data_ptr<float>()[map.snippet];
    const float* from = x.const_data_ptr<float>();
    const auto pixels = static_cast<std::size_t>(x.numel());
    const std::size_t first = aligned.size();
    aligned.resize(first + pixels);
    for (std::size_t p = 0; p < pixels; ++p) {
      aligned[first + p] = scale * (from[p] - options.minimum) + shift;
    }
    weights.push_back(weight);
  }
  if (!merged.defined()) {
    throw Error(ErrorKind::kFailed, "cannot merge a frame whose maps all weigh nothing",
                Retry::kNever);
  }
  const AlignedMaps rows{.values = aligned.data(),
                         .pixels = static_cast<std::size_t>(merged.numel()),
                         .weights = weights};
  merge_pixels(rows, options.method, options.noise, merged.mutable_data_ptr<float>());
  return merged;
}

void normalize_(at::Tensor& depth, float min, float max) {
  const float range = max - min;
  if (!(range > 0)) {
    depth.mul_(0).sub_(1);  // NaN stays NaN.
    return;
  }
  depth.sub_(min).div_(range).mul_(2).sub_(1);
}

}  // namespace rollingdepth
