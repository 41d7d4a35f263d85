#include "measure/clip_pairs.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/resample.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string size_text(const DepthListing& listing) {
  return std::to_string(listing.width_px) + "x" + std::to_string(listing.height_px);
}

std::int64_t shared_frames(const ComparisonInputs& inputs, bool common_frames) {
  const std::int64_t reference = inputs.reference.listing().frames;
  const std::int64_t candidate = inputs.candidate.listing().frames;
  const std::int64_t shared = std::min(reference, candidate);
  if (reference == candidate || common_frames) return shared;
  fail_to_compare(inputs, std::to_string(reference) + " and " + std::to_string(candidate) +
                              " frames (--frames common compares the first " +
                              std::to_string(shared) + ")");
}

void require_sizes(const ComparisonInputs& inputs, bool resize, std::int64_t frames) {
  const DepthListing& reference = inputs.reference.listing();
  const DepthListing& candidate = inputs.candidate.listing();
  if (size_text(reference) != size_text(candidate) && !resize) {
    fail_to_compare(inputs, size_text(reference) + " and " + size_text(candidate) +
                                " pixels (--resize scales the candidate)");
  }
  if (inputs.mask == nullptr) return;
  const DepthListing& mask = inputs.mask->listing();
  if (size_text(mask) != size_text(reference)) {
    fail_to_compare(inputs, "the mask " + mask.name + " has " + size_text(mask) +
                                " pixels, the reference " + size_text(reference));
  }
  if (mask.frames != 1 && mask.frames < frames) {
    fail_to_compare(inputs, "the mask " + mask.name + " has " + std::to_string(mask.frames) +
                                " frames, of which " + std::to_string(frames) +
                                " are needed, or one for all");
  }
}

ValueSummary summary_of(const at::Tensor& map) {
  ValueSummary summary{.min = kInfinity, .max = -kInfinity, .not_finite = 0};
  const float* values = map.const_data_ptr<float>();
  for (std::int64_t p = 0; p < map.numel(); ++p) {
    const double value = values[p];
    if (!std::isfinite(value)) {
      ++summary.not_finite;
      continue;
    }
    summary.min = std::min(summary.min, value);
    summary.max = std::max(summary.max, value);
  }
  if (summary.max < summary.min) summary.min = summary.max = kNaN;
  return summary;
}

// Marks the pixels on which the reference counts and, of those, the ones that have a candidate.
void mark_valid(CountedPair& pair, const at::Tensor& mask, const ComparisonOptions& options) {
  const double lowest = options.min_depth.value_or(std::numeric_limits<double>::min());
  const double highest = options.max_depth.value_or(std::numeric_limits<float>::max());
  pair.maps.valid = at::empty(pair.maps.reference.sizes(), at::kBool);
  const float* reference = pair.maps.reference.const_data_ptr<float>();
  const float* candidate = pair.maps.candidate.const_data_ptr<float>();
  const bool* counts = mask.defined() ? mask.const_data_ptr<bool>() : nullptr;
  bool* valid = pair.maps.valid.mutable_data_ptr<bool>();
  pair.nearest = kInfinity;
  pair.farthest = -kInfinity;
  for (std::int64_t p = 0; p < pair.maps.valid.numel(); ++p) {
    const double value = reference[p];
    const bool takes_part = std::isfinite(value) && (counts == nullptr || counts[p]) &&
                            (!options.ground_truth || (value >= lowest && value <= highest));
    if (takes_part) {
      ++pair.reference_pixels;
      pair.nearest = std::min(pair.nearest, value);
      pair.farthest = std::max(pair.farthest, value);
    }
    valid[p] = takes_part && std::isfinite(candidate[p]);
    pair.valid_pixels += valid[p] ? 1 : 0;
  }
}

}  // namespace

void fail_to_compare(const ComparisonInputs& inputs, const std::string& why) {
  throw Error(ErrorKind::kInput, "cannot compare " + inputs.reference.listing().name + " with " +
                                     inputs.candidate.listing().name + ": " + why);
}

ClipPairs::ClipPairs(const ComparisonInputs& inputs, const ComparisonOptions& options)
    : inputs_(inputs), options_(options), frames_(shared_frames(inputs, options.common_frames)) {
  require_sizes(inputs, options.resize, frames_);
}

void ClipPairs::rewind() {
  inputs_.reference.rewind();
  inputs_.candidate.rewind();
  if (inputs_.mask != nullptr && !mask_.defined()) inputs_.mask->rewind();
  next_ = 0;
}

at::Tensor ClipPairs::mask_of_frame() {
  if (inputs_.mask == nullptr || mask_.defined()) return mask_;
  const std::optional<at::Tensor> map = inputs_.mask->next();
  if (!map) fail_to_compare(inputs_, "the mask ends early");
  const at::Tensor counts = at::isfinite(*map).logical_and_(map->ne(0));
  if (inputs_.mask->listing().frames == 1) mask_ = counts;
  return counts;
}

std::optional<CountedPair> ClipPairs::next() {
  if (next_ == frames_) return std::nullopt;
  std::optional<at::Tensor> reference = inputs_.reference.next();
  std::optional<at::Tensor> candidate = inputs_.candidate.next();
  if (!reference || !candidate) fail_to_compare(inputs_, "a clip ends early");
  ++next_;
  CountedPair pair;
  pair.reference = summary_of(*reference);
  pair.candidate = summary_of(*candidate);
  const FrameSize size{.width_px = reference->size(1), .height_px = reference->size(0)};
  if (candidate->sizes() != reference->sizes()) {
    // A value that is not finite makes its surroundings so, and they do not count.
    candidate = resample(candidate->unsqueeze(0).unsqueeze(0), size, ResampleMethod::kBilinear)
                    .squeeze(0)
                    .squeeze(0)
                    .contiguous();
  }
  pair.maps.reference = std::move(*reference);
  pair.maps.candidate = std::move(*candidate);
  mark_valid(pair, mask_of_frame(), options_);
  return pair;
}

}  // namespace rollingdepth
