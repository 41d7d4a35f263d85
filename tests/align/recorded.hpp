#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <string>
#include <vector>

#include "align/co_align.hpp"
#include "data_file.hpp"
#include "media/npy.hpp"
#include "merge/merge_frame.hpp"

namespace rollingdepth::testing {

/// Snippet k of spacing d holds frames k, k+d, ...
inline SnippetPlan plan_of(std::int64_t frames, std::int64_t length, std::int64_t dilation) {
  return {.frames = frames, .length = length, .dilation = dilation};
}

/// The snippets of one recorded clip, before and after thinning out.
struct RecordedClip {
  std::vector<SnippetPlan> plans;
  std::vector<at::Tensor> maps;  ///< [S, L, H, W] per dilation, as decoded.
  float minimum = 0;
  std::vector<SnippetSamples> samples;
};

/// The recorded array `name`_`entry`.npy of a folder below tests/data.
inline at::Tensor read_entry(const std::filesystem::path& folder, const std::string& name,
                             std::size_t entry) {
  return read_npy(data_file(folder / (name + "_" + std::to_string(entry) + ".npy")));
}

inline RecordedClip read_clip(const std::filesystem::path& folder, std::int64_t frames,
                              const std::vector<std::int64_t>& dilations) {
  RecordedClip clip;
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    clip.maps.push_back(read_entry(folder, "snippets", i).squeeze(2));
    clip.plans.push_back(plan_of(frames, clip.maps.back().size(1), dilations[i]));
  }
  clip.minimum = clip.maps.front().min().item<float>();
  for (const at::Tensor& maps : clip.maps) {
    clip.minimum = std::min(clip.minimum, maps.min().item<float>());
  }
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    clip.samples.push_back(
        {clip.plans[i], alignment_samples(clip.maps[i], 10, 2).sub_(clip.minimum)});
  }
  return clip;
}

/// Recorded scales or shifts of `count` dilations, one after the other.
inline at::Tensor read_affines(const std::filesystem::path& folder, const std::string& name,
                               std::size_t count) {
  std::vector<at::Tensor> parts;
  for (std::size_t i = 0; i < count; ++i) parts.push_back(read_entry(folder, name, i));
  return at::cat(parts);
}

inline at::Tensor all_scales(const std::vector<SnippetAffine>& affines) {
  std::vector<at::Tensor> parts;
  for (const SnippetAffine& affine : affines) parts.push_back(affine.scale);
  return at::cat(parts);
}

inline at::Tensor all_shifts(const std::vector<SnippetAffine>& affines) {
  std::vector<at::Tensor> parts;
  for (const SnippetAffine& affine : affines) parts.push_back(affine.shift);
  return at::cat(parts);
}

/// Largest and mean absolute difference.
struct Difference {
  double largest = 0;
  double mean = 0;
};

inline Difference difference(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor error = (a.to(at::kDouble) - b.to(at::kDouble)).abs();
  return {error.max().item<double>(), error.mean().item<double>()};
}

}  // namespace rollingdepth::testing
