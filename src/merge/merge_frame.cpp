#include "merge/merge_frame.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "align/frame_residuals.hpp"
#include "base/lane_median.hpp"
#include "base/named_values.hpp"
#include "base/vector_clones.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::array kMethods = {std::pair{MergeMethod::kWeighted, "weighted"},
                                 std::pair{MergeMethod::kMean, "mean"},
                                 std::pair{MergeMethod::kMedian, "median"}};

constexpr std::size_t kChunk = 256;
constexpr double kWidth = 5;  // Weights fall to 1/4 at so many times the noise.
constexpr int kRounds = 2;

/// The aligned maps of one frame. Borrows.
struct AlignedMaps {
  const float* values = nullptr;   ///< [K, P].
  std::size_t pixels = 0;          ///< P.
  std::span<const float> weights;  ///< [K], > 0; K >= 1.
};

// `rows` [K][kChunk] is sorted on the way; `merged` takes its first `lanes` columns.
ROLLINGDEPTH_FOR_EACH_CPU
void median_chunk(float* rows, std::size_t count, float* __restrict merged) {
  lane_median(rows, count, kChunk, kChunk, merged);
}

ROLLINGDEPTH_FOR_EACH_CPU
void weighted_chunk(const float* __restrict rows, std::size_t count,
                    const float* __restrict weights, float inverse_width,
                    float* __restrict merged) {
  for (int round = 0; round < kRounds; ++round) {
    float sum[kChunk] = {}, total[kChunk] = {};
    for (std::size_t k = 0; k < count; ++k) {
      const float* __restrict row = rows + k * kChunk;
      const float weight = weights[k];
      for (std::size_t p = 0; p < kChunk; ++p) {
        const float w = weight * residual_weight(row[p] - merged[p], inverse_width);
        sum[p] += w * (row[p] - merged[p]);
        total[p] += w;
      }
    }
    // As a step from the last value: where all weights vanish, that value stays.
    for (std::size_t p = 0; p < kChunk; ++p) {
      merged[p] += total[p] > 0 ? sum[p] / total[p] : 0.0f;
    }
  }
}

void mean_chunk(const float* rows, std::size_t count, float* merged) {
  for (std::size_t p = 0; p < kChunk; ++p) {
    double sum = 0;
    for (std::size_t k = 0; k < count; ++k) sum += static_cast<double>(rows[k * kChunk + p]);
    merged[p] = static_cast<float>(sum / static_cast<double>(count));
  }
}

// The same for one pixel, of which some maps have no finite value.
float merge_values(const std::vector<float>& values, const std::vector<float>& weights,
                   MergeMethod method, float inverse_width) {
  if (values.empty()) return std::numeric_limits<float>::quiet_NaN();
  if (method == MergeMethod::kMean) {
    double sum = 0;
    for (const float value : values) sum += static_cast<double>(value);
    return static_cast<float>(sum / static_cast<double>(values.size()));
  }
  std::vector<float> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  float merged = 0.5f * (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]);
  for (int round = 0; method == MergeMethod::kWeighted && round < kRounds; ++round) {
    float sum = 0, total = 0;
    for (std::size_t k = 0; k < values.size(); ++k) {
      const float weight = weights[k] * residual_weight(values[k] - merged, inverse_width);
      sum += weight * (values[k] - merged);
      total += weight;
    }
    merged += total > 0 ? sum / total : 0.0f;
  }
  return merged;
}

class Merger {
 public:
  Merger(const AlignedMaps& maps, MergeMethod method, double noise)
      : maps_(maps),
        method_(method == MergeMethod::kWeighted && !(noise > 0) ? MergeMethod::kMedian : method),
        inverse_width_(noise > 0 ? static_cast<float>(1 / (kWidth * noise)) : 0),
        rows_(maps.weights.size() * kChunk),
        sorted_(rows_.size()) {}

  void run(float* merged) {
    for (std::size_t first = 0; first < maps_.pixels; first += kChunk) {
      const std::size_t here = std::min(kChunk, maps_.pixels - first);
      load_chunk(first, here);
      combine_chunk();
      std::copy_n(merged_.data(), here, merged + first);
      for (std::size_t p = 0; p < here; ++p) {
        if (!finite_[p]) merged[first + p] = merge_finite(first + p);
      }
    }
  }

 private:
  // What is not finite counts as 0 here, and its pixel is merged on its own.
  void load_chunk(std::size_t first, std::size_t here) {
    finite_.fill(true);
    for (std::size_t k = 0; k < maps_.weights.size(); ++k) {
      const float* from = maps_.values + k * maps_.pixels + first;
      float* row = rows_.data() + k * kChunk;
      for (std::size_t p = 0; p < here; ++p) {
        const bool finite = std::isfinite(from[p]);
        row[p] = finite ? from[p] : 0.0f;
        if (!finite) finite_[p] = false;
      }
      std::fill(row + here, row + kChunk, 0.0f);
    }
  }

  void combine_chunk() {
    const std::size_t count = maps_.weights.size();
    if (method_ == MergeMethod::kMean) {
      mean_chunk(rows_.data(), count, merged_.data());
      return;
    }
    sorted_ = rows_;
    median_chunk(sorted_.data(), count, merged_.data());
    if (method_ == MergeMethod::kWeighted) {
      weighted_chunk(rows_.data(), count, maps_.weights.data(), inverse_width_, merged_.data());
    }
  }

  float merge_finite(std::size_t pixel) {
    std::vector<float> values, weights;
    for (std::size_t k = 0; k < maps_.weights.size(); ++k) {
      const float value = maps_.values[k * maps_.pixels + pixel];
      if (!std::isfinite(value)) continue;
      values.push_back(value);
      weights.push_back(maps_.weights[k]);
    }
    return merge_values(values, weights, method_, inverse_width_);
  }

  const AlignedMaps& maps_;
  MergeMethod method_;
  float inverse_width_;
  std::vector<float> rows_, sorted_;
  std::array<float, kChunk> merged_{};
  std::array<bool, kChunk> finite_{};
};

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
  Merger(rows, options.method, options.noise).run(merged.mutable_data_ptr<float>());
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
