#include "align/irls/start.hpp"

#include <algorithm>
#include <cmath>

#include "align/irls/system.hpp"
#include "base/median.hpp"
#include "base/trace.hpp"

namespace rollingdepth {
namespace {

constexpr int kRounds = 8;
constexpr double kSmallestResidual = 1e-3;  // Of log spreads, and of medians relative to spreads.

// One offset per snippet, so that offset + value agrees among the maps of every frame: minimises
// the sum of |offset + value - median|. `values[map]` may be NaN, then the map has no say.
std::vector<double> least_absolute_offsets(const CoveredFrames& frames, SnippetSystem& system,
                                           const std::vector<double>& values) {
  std::vector<double> offsets(frames.snippets(), 0.0);
  std::vector<double> aligned, sorted, weights, blocks;
  std::vector<CoveredMap> told;
  for (int round = 0; round < kRounds; ++round) {
    system.clear();
    Eigen::MatrixXd right = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(frames.snippets()), 1);
    for (std::size_t frame = 0; frame < frames.size(); ++frame) {
      told.clear();
      for (const CoveredMap& map : frames.maps(frame)) {
        if (std::isfinite(values[map.map])) told.push_back(map);
      }
      if (told.size() < 2) continue;
      aligned.clear();
      for (const CoveredMap& map : told) aligned.push_back(offsets[map.snippet] + values[map.map]);
      sorted = aligned;
      const double median = median_of(sorted);
      double total = 0;
      weights.clear();
      for (const double value : aligned) {
        const double residual = std::max(std::abs(value - median), kSmallestResidual);
        weights.push_back(round == 0 ? 1.0 : kSmallestResidual / residual);
        total += weights.back();
      }
      double mean = 0;
      for (std::size_t k = 0; k < told.size(); ++k)
        mean += weights[k] * values[told[k].map] / total;
      blocks.clear();
      for (std::size_t k = 0; k < told.size(); ++k) {
        for (std::size_t l = k; l < told.size(); ++l) {
          blocks.push_back((k == l ? weights[k] : 0) - weights[k] * weights[l] / total);
        }
        right(static_cast<Eigen::Index>(told[k].snippet), 0) -=
            weights[k] * (values[told[k].map] - mean);
      }
      system.add(told, blocks);
    }
    const Eigen::MatrixXd solution = system.solve(right);
    double movement = 0;
    for (std::size_t j = 0; j < offsets.size(); ++j) {
      const double offset = solution(static_cast<Eigen::Index>(j), 0);
      movement = std::max(movement, std::abs(offset - offsets[j]));
      offsets[j] = offset;
    }
    if (movement < kSmallestResidual) break;
  }
  return offsets;
}

}  // namespace

double typical_spread(const CoveredFrames& frames, const std::vector<Affine>& affines,
                      const std::vector<MapShape>& shapes) {
  std::vector<double> spreads;
  for (std::size_t frame = 0; frame < frames.size(); ++frame) {
    for (const CoveredMap& map : frames.maps(frame)) {
      const double spread = affines[map.snippet].scale * shapes[map.map].spread;
      if (spread > 0) spreads.push_back(spread);
    }
  }
  return median_of(spreads);
}

std::vector<Affine> robust_start(const CoveredFrames& frames, const std::vector<MapShape>& shapes) {
  const TraceSpan span("batch", "align start");
  std::vector<double> values(frames.maps());
  for (std::size_t map = 0; map < values.size(); ++map) {
    values[map] = shapes[map].spread > 0 ? std::log(shapes[map].spread) : std::nan("");
  }
  std::vector<Affine> affines(frames.snippets());
  SnippetSystem system(frames, 1);
  const std::vector<double> log_scales = least_absolute_offsets(frames, system, values);
  for (std::size_t j = 0; j < affines.size(); ++j) affines[j].scale = std::exp(log_scales[j]);

  // Medians in units of the aligned spread, so that one smallest residual suits every clip.
  const double spread = typical_spread(frames, affines, shapes);
  const double unit = spread > 0 ? spread : 1.0;
  for (std::size_t frame = 0; frame < frames.size(); ++frame) {
    for (const CoveredMap& map : frames.maps(frame)) {
      values[map.map] = affines[map.snippet].scale * shapes[map.map].median / unit;
    }
  }
  const std::vector<double> shifts = least_absolute_offsets(frames, system, values);
  for (std::size_t j = 0; j < affines.size(); ++j) affines[j].shift = shifts[j] * unit;
  return affines;
}

}  // namespace rollingdepth
