#include "merge/clip_depth.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "align/co_align.hpp"
#include "merge/merge_frame.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// Pixels of each shared frame that the fit between two chunks looks at.
constexpr std::int64_t kSamplesPerFrame = 4096;

// In place. The first chunk, and a clip in one piece, stays as it was merged, to the bit.
void join_(at::Tensor& values, const ChunkAffine& affine) {
  if (affine.scale != 1 || affine.shift != 0) values.mul_(affine.scale).add_(affine.shift);
}

at::Tensor joined_map(const DepthChunk& chunk, std::int64_t frame) {
  at::Tensor map = chunk.merged.read(frame - chunk.first_frame);
  join_(map, chunk.joined_from_chunk);
  return map;
}

// The range of values that `map` changes, all in the same direction.
template <class Map>
MapRange mapped(const MapRange& range, Map&& map) {
  if (range.max < range.min) return range;
  at::Tensor ends = at::tensor({range.min, range.max});
  map(ends);
  MapRange result = range_of(ends);
  result.empty_pixels = range.empty_pixels;
  return result;
}

/// The frames that a chunk shares with another, as one snippet.
SnippetSamples shared_samples(const DepthChunk& chunk, std::int64_t first, std::int64_t count,
                              const CoAlignOptions& options) {
  const SnippetPlan plan{.frames = count, .length = count, .dilation = 1};
  std::vector<at::Tensor> samples;
  for (std::int64_t i = 0; i < count; ++i) {
    const at::Tensor map = chunk.merged.read(first + i - chunk.first_frame);
    const int stride_px = options.sample_stride_px(map.size(0), map.size(1), 2 * count);
    samples.push_back(alignment_samples(map, stride_px, options.border_px));
  }
  return {plan, at::stack(samples).unsqueeze(0)};
}

// The middle of the finite values and their median distance from it.
struct Middle {
  double median = 0;
  double spread = 0;
};

Middle middle_of(const at::Tensor& samples) {
  const at::Tensor finite = samples.masked_select(samples.isfinite());
  if (finite.numel() == 0) return {};
  const at::Tensor median = finite.median();
  return {median.item<double>(), (finite - median).abs().median().item<double>()};
}

// before = scale * chunk + shift, from what two shared parts look like as a whole.
ChunkAffine match_middles(const at::Tensor& before, const at::Tensor& chunk) {
  const Middle there = middle_of(before), here = middle_of(chunk);
  const double scale = there.spread > 0 && here.spread > 0 ? there.spread / here.spread : 1;
  return {.scale = scale, .shift = there.median - scale * here.median, .agreed = false};
}

// before = scale * chunk + shift, both one snippet.
ChunkAffine fit(const SnippetSamples& before, const SnippetSamples& chunk,
                const CoAlignOptions& options, Progress& progress) {
  const CoAlignResult aligned = co_align({before, chunk}, options, progress);
  const CoAlignSummary& summary = aligned.summary;
  // Two snippets are one part where both were fitted.
  if (summary.parts != 1 || summary.contradicting_snippets + summary.degenerate_snippets > 0) {
    return match_middles(before.samples, chunk.samples);
  }
  const auto value = [&](std::size_t entry, bool scale) {
    const SnippetAffine& affine = aligned.affines[entry];
    return static_cast<double>((scale ? affine.scale : affine.shift).item<float>());
  };
  // Both reach a scale between them: from there back to that of `before`.
  return {.scale = value(1, true) / value(0, true),
          .shift = (value(1, false) - value(0, false)) / value(0, true)};
}

}  // namespace

void ClipDepth::add(DepthChunk chunk) { chunks_.push_back(std::move(chunk)); }

std::int64_t ClipDepth::frames() const {
  return chunks_.empty() ? 0 : chunks_.back().first_frame + chunks_.back().frames;
}

ClipDepth::Showing ClipDepth::showing(std::int64_t frame) const {
  const auto holds = [&](const DepthChunk& chunk) {
    return frame >= chunk.first_frame && frame < chunk.first_frame + chunk.frames;
  };
  const auto behind = std::upper_bound(
      chunks_.begin(), chunks_.end(), frame,
      [](std::int64_t wanted, const DepthChunk& chunk) { return wanted < chunk.first_frame; });
  if (behind == chunks_.begin() || !holds(*std::prev(behind))) {
    throw Error(ErrorKind::kFailed, "the clip has no frame " + std::to_string(frame));
  }
  const auto last = std::prev(behind);
  if (last == chunks_.begin() || !holds(*std::prev(last))) return {.first = &*last};
  return {.first = &*std::prev(last), .second = &*last};
}

at::Tensor ClipDepth::read_joined(std::int64_t frame) const {
  const auto [first, second] = showing(frame);
  const at::Tensor map = joined_map(*first, frame);
  if (second == nullptr) return map;
  // From the old chunk to the new one in equal steps, neither of them ever alone.
  const std::int64_t shared = first->first_frame + first->frames - second->first_frame;
  const double weight =
      static_cast<double>(frame - second->first_frame + 1) / static_cast<double>(shared + 1);
  return map * (1 - weight) + joined_map(*second, frame) * weight;
}

MapRange ClipDepth::joined_range(std::int64_t frame) const {
  const auto [first, second] = showing(frame);
  if (second == nullptr) {
    return mapped(first->merged.range(frame - first->first_frame),
                  [&](at::Tensor& ends) { join_(ends, first->joined_from_chunk); });
  }
  std::optional<MapRange> faded;
  if (faded_ranges_ != nullptr) faded = faded_ranges_->find(frame);
  if (!faded) {
    faded = range_of(read_joined(frame));
    if (faded_ranges_ != nullptr) faded_ranges_->write(frame, *faded);
  }
  return *faded;
}

void ClipDepth::measure_range(Progress& progress) {
  joined_ = {};
  for (std::int64_t frame = 0; frame < frames(); ++frame) {
    progress.check_cancelled();
    joined_.include(joined_range(frame));
  }
  if (joined_.max < joined_.min) {
    throw Error(ErrorKind::kFailed, "the merged depth holds no finite value", Retry::kNever);
  }
}

MapRange ClipDepth::range() const {
  if (replaced_) {
    MapRange range;
    for (std::int64_t frame = 0; frame < frames(); ++frame) range.include(replaced_->range(frame));
    return range;
  }
  if (keeps_values_) return joined_;
  return mapped(joined_, [&](at::Tensor& ends) { normalize_(ends, joined_.min, joined_.max); });
}

void ClipDepth::require_whole(Progress& progress) const {
  const auto look = [&](const auto& maps, std::int64_t count) {
    for (std::int64_t frame = 0; frame < count; ++frame) {
      progress.check_cancelled();
      if (!maps.is_whole(frame)) (void)maps.read(frame);  // Says what is missing.
    }
  };
  if (replaced_) {
    look(*replaced_, frames());
  } else {
    for (const DepthChunk& chunk : chunks_) look(chunk.merged, chunk.frames);
  }
}

at::Tensor ClipDepth::read(std::int64_t frame) const {
  if (replaced_) return replaced_->read(frame);
  at::Tensor map = read_joined(frame);
  if (keeps_values_) return map;
  normalize_(map, joined_.min, joined_.max);
  return map;
}

ChunkAffine join_chunks(const DepthChunk& before, const DepthChunk& chunk, Progress& progress) {
  const std::int64_t count = before.first_frame + before.frames - chunk.first_frame;
  CoAlignOptions options = co_align_options("quality", Aligner::kIrls);
  options.samples_per_map = kSamplesPerFrame;
  const ChunkAffine affine =
      fit(shared_samples(before, chunk.first_frame, count, options),
          shared_samples(chunk, chunk.first_frame, count, options), options, progress);
  const ChunkAffine& joined = before.joined_from_chunk;
  return {.scale = joined.scale * affine.scale,
          .shift = joined.scale * affine.shift + joined.shift,
          .agreed = affine.agreed};
}

}  // namespace rollingdepth
