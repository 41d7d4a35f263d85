#include "align/frame_residuals.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>

#include "align/snippet_plan.hpp"

namespace rollingdepth {
namespace {

std::size_t count_finite(const float* values, std::size_t count) {
  std::size_t finite = 0;
  for (std::size_t p = 0; p < count; ++p) finite += std::isfinite(values[p]) ? 1 : 0;
  return finite;
}

constexpr std::size_t kFrames = 256;
constexpr std::size_t kPixels = 256;
constexpr double kNormalQuantile = 1.4826;  // Standard deviation over median absolute, of a normal.

std::size_t stride_for(std::size_t size, std::size_t wanted) {
  return std::max<std::size_t>((size + wanted - 1) / wanted, 1);
}

}  // namespace

CoveredFrames::CoveredFrames(const std::vector<SnippetSamples>& snippets) {
  std::vector<SnippetPlan> plans;
  std::vector<std::size_t> first_snippet, first_map;
  for (const SnippetSamples& entry : snippets) {
    plans.push_back(entry.plan);
    first_snippet.push_back(snippets_);
    first_map.push_back(map_count_);
    const auto size = static_cast<std::size_t>(entry.plan.size());
    snippets_ += size;
    map_count_ += size * static_cast<std::size_t>(entry.plan.length);
  }
  const at::Tensor& any = snippets.front().samples;
  const auto pixels = static_cast<std::size_t>(any.size(2) * any.size(3));
  for (std::int64_t index = 0; index < plans.front().frames; ++index) {
    Frame& frame = frames_.emplace_back();
    frame.pixels = pixels;
    for (const CoveringMap& map : covering_maps(plans, index)) {
      const auto row = static_cast<std::size_t>(map.snippet * plans[map.entry].length) +
                       static_cast<std::size_t>(map.position);
      frame.maps.push_back({snippets[map.entry].samples.const_data_ptr<float>() + row * pixels,
                            first_snippet[map.entry] + static_cast<std::size_t>(map.snippet),
                            first_map[map.entry] + row});
    }
    frame.kept = frame.maps.size();
    keep_finite(frame);
  }
}

void CoveredFrames::keep_finite(Frame& frame) {
  std::vector<std::size_t> finite(frame.maps.size());
  std::size_t most = 0;
  for (std::size_t k = 0; k < finite.size(); ++k) {
    const float* samples = frame.maps[k].samples;
    finite[k] = count_finite(samples, frame.pixels);
    most = std::max(most, finite[k]);
  }
  if (std::all_of(finite.begin(), finite.end(),
                  [&](std::size_t count) { return count == frame.pixels; })) {
    return;
  }
  std::vector<CoveredMap> kept, out;
  for (std::size_t k = 0; k < finite.size(); ++k) {
    (finite[k] > 0 && 2 * finite[k] >= most ? kept : out).push_back(frame.maps[k]);
  }
  std::vector<std::size_t> shared;
  for (std::size_t p = 0; p < frame.pixels; ++p) {
    if (std::all_of(kept.begin(), kept.end(),
                    [p](const CoveredMap& map) { return std::isfinite(map.samples[p]); })) {
      shared.push_back(p);
    }
  }
  frame.kept = shared.empty() ? 0 : kept.size();
  frame.maps = kept;
  frame.maps.insert(frame.maps.end(), out.begin(), out.end());
  frame.pixels = shared.size();
  for (std::size_t k = 0; k < frame.kept; ++k) {
    std::vector<float>& copy = compacted_.emplace_back();
    for (const std::size_t p : shared) copy.push_back(frame.maps[k].samples[p]);
    frame.maps[k].samples = copy.data();
  }
}

std::size_t CoveredFrames::samples() const {
  std::size_t samples = 0;
  for (const Frame& frame : frames_) samples += frame.kept * frame.pixels;
  return samples;
}

void CoveredFrames::drop(const std::vector<bool>& out) {
  for (Frame& frame : frames_) {
    const auto end = frame.maps.begin() + static_cast<std::ptrdiff_t>(frame.kept);
    const auto kept = std::stable_partition(frame.maps.begin(), end,
                                            [&](const CoveredMap& map) { return !out[map.map]; });
    frame.kept = static_cast<std::size_t>(kept - frame.maps.begin());
  }
}

Residuals residuals_of(const CoveredFrames& frames, const std::vector<Affine>& affines) {
  std::vector<float> bulk;
  std::vector<double> aligned;
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < frames.size(); i += stride_for(frames.size(), kFrames)) {
    const auto maps = frames.maps(i);
    if (maps.size() < 2) continue;
    const std::size_t middle = maps.size() / 2;
    for (std::size_t p = 0; p < frames.pixels(i); p += stride_for(frames.pixels(i), kPixels)) {
      aligned.clear();
      for (const CoveredMap& map : maps) {
        const Affine& affine = affines[map.snippet];
        aligned.push_back(affine.scale * map.samples[p] + affine.shift);
      }
      std::sort(aligned.begin(), aligned.end());
      const double median = 0.5 * (aligned[middle] + aligned[(maps.size() - 1) / 2]);
      for (double& value : aligned) value = std::abs(value - median);
      std::sort(aligned.begin(), aligned.end());
      for (const double distance : aligned) sum += distance;
      count += aligned.size();
      // The one next to the median says nothing about the noise: for an odd count it is zero.
      for (std::size_t k = 1; k < aligned.size(); ++k) {
        bulk.push_back(static_cast<float>(aligned[k]));
      }
    }
  }
  if (bulk.empty()) return {};
  const auto median = bulk.begin() + static_cast<std::ptrdiff_t>(bulk.size() / 2);
  std::nth_element(bulk.begin(), median, bulk.end());
  return {.mean = sum / static_cast<double>(count), .noise = kNormalQuantile * *median};
}

}  // namespace rollingdepth
