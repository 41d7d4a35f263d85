#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "align/co_align.hpp"
#include "data_file.hpp"
#include "media/npy.hpp"
#include "merge/merge_frame.hpp"
#include "parity.hpp"

namespace rollingdepth::testing {

/// Snippet k of spacing d holds frames k, k+d, ...
inline SnippetPlan plan_of(std::int64_t frames, std::int64_t length, std::int64_t dilation) {
  return {.frames = frames, .length = length, .dilation = dilation};
}

/// The snippets of one recorded clip, before and after thinning out.
struct RecordedClip {
  std::vector<SnippetPlan> plans;
  std::vector<at::Tensor> maps;  ///< [S, L, H, W] per dilation, as decoded; of a case [S, L, 1, P].
  float minimum = 0;
  std::vector<SnippetSamples> samples;
};

/// The recorded array `name`_`entry`.npy of a folder below tests/data.
inline at::Tensor read_entry(const std::filesystem::path& folder, const std::string& name,
                             std::size_t entry) {
  return read_npy(data_file(folder / (name + "_" + std::to_string(entry) + ".npy")));
}

/// @param whole [S, L, H, W] per dilation: what every tenth pixel is taken of for the fit.
inline RecordedClip recorded_clip(std::vector<at::Tensor> maps,
                                  const std::vector<at::Tensor>& whole, std::int64_t frames,
                                  const std::vector<std::int64_t>& dilations) {
  RecordedClip clip;
  clip.maps = std::move(maps);
  clip.minimum = clip.maps.front().min().item<float>();
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    clip.plans.push_back(plan_of(frames, clip.maps[i].size(1), dilations[i]));
    clip.minimum = std::min(clip.minimum, clip.maps[i].min().item<float>());
  }
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    clip.samples.push_back({clip.plans[i], alignment_samples(whole[i], 10, 2).sub_(clip.minimum)});
  }
  return clip;
}

/// A made-up set of tests/data/align.
inline RecordedClip read_set(const std::filesystem::path& folder, std::int64_t frames,
                             const std::vector<std::int64_t>& dilations) {
  std::vector<at::Tensor> maps;
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    maps.push_back(read_entry(folder, "snippets", i).squeeze(2));
  }
  return recorded_clip(maps, maps, frames, dilations);
}

/// Maps [..., H, W] of their values at `pixels`, [..., P]; NaN elsewhere, so that what is not
/// recorded does not go unnoticed into a fit.
inline at::Tensor spread(const at::Tensor& values, const at::Tensor& pixels, std::int64_t height,
                         std::int64_t width) {
  std::vector<std::int64_t> shape = values.sizes().vec();
  shape.back() = height * width;
  at::Tensor maps = at::full(shape, std::numeric_limits<float>::quiet_NaN());
  return maps.index_copy_(-1, pixels, values).unflatten(-1, {height, width});
}

/// A case of tests/data/cases.
inline RecordedClip read_case(const std::string& name) {
  const nlohmann::json settings = case_settings(name);
  const auto shape = settings.at("shape").get<std::vector<std::int64_t>>();  // [N, 1, H, W]
  const auto dilations = settings.at("dilations_used").get<std::vector<std::int64_t>>();
  std::vector<at::Tensor> maps;
  std::vector<at::Tensor> whole;
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    const at::Tensor values = case_array(name, "snippets_" + std::to_string(i));  // [S, L, P]
    maps.push_back(values.unsqueeze(2));
    whole.push_back(spread(values, recorded_pixels(name), shape[2], shape[3]));
  }
  return recorded_clip(std::move(maps), whole, shape[0], dilations);
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
