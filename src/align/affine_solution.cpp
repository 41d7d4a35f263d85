#include "align/affine_solution.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <span>

namespace rollingdepth {
namespace {

// Of the mean: without it, a part without noise would have no right-hand side.
constexpr double kLeastResidual = 1e-6;

// The frame's quadratic form at `affines`: the sum of w (A - m)^2.
double residual_at(const std::vector<Affine>& affines, std::span<const CoveredMap> maps,
                   const std::vector<PairBlock>& pairs) {
  double sum = 0;
  auto block = pairs.begin();
  for (std::size_t k = 0; k < maps.size(); ++k) {
    const Affine& a = affines[maps[k].snippet];
    for (std::size_t l = k; l < maps.size(); ++l, ++block) {
      const Affine& b = affines[maps[l].snippet];
      const double product =
          a.scale * (block->scale_scale * b.scale + block->scale_shift * b.shift) +
          a.shift * (block->shift_scale * b.scale + block->shift_shift * b.shift);
      sum += k == l ? product : 2 * product;
    }
  }
  return std::max(sum, 0.0);
}

// What holds every scale in its place against its frames' residuals, which shrink with it; 1 for a
// snippet that shares no frame.
Eigen::VectorXd holding_forces(const CoveredFrames& frames,
                               const std::vector<FrameProducts>& products,
                               const std::vector<Affine>& before) {
  std::vector<double> residuals(frames.size(), 0);
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames.maps(i).size() < 2) continue;
    residuals[i] = residual_at(before, frames.maps(i), products[i].pairs);
    sum += residuals[i];
    count += 1;
  }
  // Without any residual all maps count alike.
  const double least = sum > 0 ? kLeastResidual * sum / count : 1;
  Eigen::VectorXd forces = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(frames.snippets()));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto maps = frames.maps(i);
    if (maps.size() < 2) continue;
    const double force = (residuals[i] + least) / static_cast<double>(maps.size());
    for (const CoveredMap& map : maps) {
      forces(static_cast<Eigen::Index>(map.snippet)) += force / before[map.snippet].scale;
    }
  }
  return (forces.array() == 0).select(1.0, forces);
}

// Of the solutions for forces and for shifts, two columns, the sum that has mean scale 1 and mean
// shift 0 in every part. A part's two multipliers follow from its own snippets alone.
std::vector<Affine> combined(const Eigen::MatrixXd& solutions, const SnippetParts& parts,
                             std::vector<Affine> affines) {
  std::vector<Eigen::Matrix2d> sums(parts.count, Eigen::Matrix2d::Zero());
  std::vector<double> counts(parts.count, 0);
  for (std::size_t j = 0; j < affines.size(); ++j) {
    if (!parts.used(j)) continue;
    sums[parts.of[j]] += solutions.block<2, 2>(static_cast<Eigen::Index>(2 * j), 0);
    counts[parts.of[j]] += 1;
  }
  std::vector<Eigen::Vector2d> multipliers;
  for (std::size_t part = 0; part < parts.count; ++part) {
    multipliers.push_back(sums[part].fullPivLu().solve(Eigen::Vector2d(counts[part], 0)));
  }
  for (std::size_t j = 0; j < affines.size(); ++j) {
    if (!parts.used(j)) continue;
    const Eigen::Vector2d own =
        solutions.block<2, 2>(static_cast<Eigen::Index>(2 * j), 0) * multipliers[parts.of[j]];
    affines[j] = {own(0), own(1)};
  }
  return affines;
}

}  // namespace

std::vector<Affine> solve_affines(const CoveredFrames& frames,
                                  const std::vector<FrameProducts>& products,
                                  const SnippetParts& parts, const std::vector<Affine>& before,
                                  SnippetSystem& system) {
  system.clear();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames.maps(i).size() < 2) continue;
    const std::vector<PairBlock>& pairs = products[i].pairs;
    static_assert(sizeof(PairBlock) == 4 * sizeof(double));
    system.add(frames.maps(i), {&pairs.front().scale_scale, 4 * pairs.size()});
  }
  const auto snippets = static_cast<Eigen::Index>(frames.snippets());
  const Eigen::VectorXd forces = holding_forces(frames, products, before);
  Eigen::MatrixXd right = Eigen::MatrixXd::Zero(2 * snippets, 2);
  for (Eigen::Index j = 0; j < snippets; ++j) {
    if (!parts.used(static_cast<std::size_t>(j))) continue;
    right(2 * j, 0) = forces(j);
    right(2 * j + 1, 1) = 1;
  }
  return combined(system.solve(right), parts, before);
}

}  // namespace rollingdepth
