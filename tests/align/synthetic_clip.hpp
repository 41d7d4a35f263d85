#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "align/recorded.hpp"
#include "align/snippet_samples.hpp"

namespace rollingdepth::testing {

/// Snippets of a smooth scene that moves, each with a scale and shift of its own:
/// x = (truth - shift) / scale + noise.
struct SyntheticClip {
  at::Tensor truth;  ///< [N, h, w].
  std::vector<SnippetSamples> snippets;
  std::vector<std::vector<double>> scales, shifts;  ///< Per entry and snippet.
};

struct SyntheticRequest {
  std::int64_t frames = 30;
  std::vector<std::int64_t> dilations = {1, 5};
  double noise = 0;
  std::int64_t height_px = 12;
  std::int64_t width_px = 16;
  std::uint32_t seed = 1;
};

inline SyntheticClip synthetic_clip(const SyntheticRequest& request) {
  std::mt19937 random(request.seed);
  // Written out: the library's distributions differ between standard libraries.
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  const auto normal = [&] {
    return std::sqrt(-2 * std::log(uniform() + 1e-12)) * std::cos(6.283185307179586 * uniform());
  };
  SyntheticClip clip;
  clip.truth = at::empty({request.frames, request.height_px, request.width_px}, at::kFloat);
  auto truth = clip.truth.accessor<float, 3>();
  for (std::int64_t f = 0; f < request.frames; ++f) {
    for (std::int64_t y = 0; y < request.height_px; ++y) {
      for (std::int64_t x = 0; x < request.width_px; ++x) {
        truth[f][y][x] = static_cast<float>(
            0.5 + 0.04 * static_cast<double>(y) +
            0.2 * std::sin(0.5 * static_cast<double>(x) + 0.1 * static_cast<double>(f)) +
            0.1 * std::cos(0.7 * static_cast<double>(y) - 0.07 * static_cast<double>(f)));
      }
    }
  }
  for (const std::int64_t dilation : request.dilations) {
    const SnippetPlan plan = plan_of(request.frames, 3, dilation);
    SnippetSamples& entry = clip.snippets.emplace_back();
    entry.plan = plan;
    entry.samples = at::empty({plan.size(), 3, request.height_px, request.width_px}, at::kFloat);
    clip.scales.emplace_back();
    clip.shifts.emplace_back();
    for (std::int64_t k = 0; k < plan.size(); ++k) {
      const double scale = std::exp(0.9 * uniform() - 0.45);
      const double shift = 0.3 * uniform() - 0.15;
      clip.scales.back().push_back(scale);
      clip.shifts.back().push_back(shift);
      for (std::int64_t l = 0; l < 3; ++l) {
        const at::Tensor map = (clip.truth[k + l * dilation] - shift) / scale;
        at::Tensor to = entry.samples[k][l];
        to.copy_(map);
        float* values = to.mutable_data_ptr<float>();
        for (std::int64_t p = 0; request.noise > 0 && p < to.numel(); ++p) {
          values[p] += static_cast<float>(request.noise * normal());
        }
      }
    }
  }
  return clip;
}

}  // namespace rollingdepth::testing
