#include "align/irls/system.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <numeric>
#include <utility>

#include "rollingdepth/error.hpp"

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

SnippetSystem::SnippetSystem(const CoveredFrames& frames, std::size_t unknowns)
    : unknowns_(unknowns) {
  const auto size = static_cast<Eigen::Index>(frames.snippets() * unknowns);
  std::vector<std::pair<std::size_t, std::size_t>> coupled;  // Column, row; row >= column.
  for (std::size_t j = 0; j < frames.snippets(); ++j) coupled.emplace_back(j, j);
  for (std::size_t frame = 0; frame < frames.size(); ++frame) {
    const auto maps = frames.maps(frame);
    for (std::size_t k = 0; k < maps.size(); ++k) {
      for (std::size_t l = k + 1; l < maps.size(); ++l) {
        coupled.push_back(std::minmax(maps[k].snippet, maps[l].snippet));
      }
    }
  }
  std::sort(coupled.begin(), coupled.end());
  coupled.erase(std::unique(coupled.begin(), coupled.end()), coupled.end());
  std::vector<Eigen::Triplet<double>> entries;
  for (const auto& [column, row] : coupled) {
    for (std::size_t v = 0; v < unknowns; ++v) {
      for (std::size_t u = row == column ? v : 0; u < unknowns; ++u) {
        entries.emplace_back(static_cast<int>(row * unknowns + u),
                             static_cast<int>(column * unknowns + v), 0.0);
      }
    }
  }
  lower_.resize(size, size);
  lower_.setFromTriplets(entries.begin(), entries.end());
  factors_.analyzePattern(lower_);
}

void SnippetSystem::clear() {
  std::fill_n(lower_.valuePtr(), static_cast<std::size_t>(lower_.nonZeros()), 0.0);
}

double& SnippetSystem::at(std::size_t row, std::size_t column) {
  const int* rows = lower_.innerIndexPtr();
  const int* first = rows + lower_.outerIndexPtr()[column];
  const int* last = rows + lower_.outerIndexPtr()[column + 1];
  return lower_.valuePtr()[std::lower_bound(first, last, static_cast<int>(row)) - rows];
}

void SnippetSystem::add(std::span<const CoveredMap> maps, std::span<const double> blocks) {
  const std::size_t n = unknowns_;
  const double* block = blocks.data();
  for (std::size_t k = 0; k < maps.size(); ++k) {
    for (std::size_t l = k; l < maps.size(); ++l, block += n * n) {
      const std::size_t a = maps[k].snippet, b = maps[l].snippet;
      for (std::size_t u = 0; u < n; ++u) {
        for (std::size_t v = 0; v < n; ++v) {
          if (a == b && u < v) continue;
          const double value = block[u * n + v];
          if (a >= b) {
            at(a * n + u, b * n + v) += value;
          } else {
            at(b * n + v, a * n + u) += value;
          }
        }
      }
    }
  }
}

Eigen::MatrixXd SnippetSystem::solve(const Eigen::MatrixXd& right) {
  constexpr double kRidge = 1e-9;
  const double mean = lower_.diagonal().mean();
  for (Eigen::Index i = 0; i < lower_.rows(); ++i) {
    // The first entry of a column is its diagonal. An unknown that occurs nowhere stays zero.
    double& diagonal = lower_.valuePtr()[lower_.outerIndexPtr()[i]];
    diagonal = diagonal > 0 ? diagonal * (1 + kRidge) : (mean > 0 ? mean : 1.0);
  }
  factors_.factorize(lower_);
  if (factors_.info() == Eigen::Success) {
    Eigen::MatrixXd solution = factors_.solve(right);
    if (solution.allFinite()) return solution;
  }
  throw Error(ErrorKind::kFailed,
              "alignment failed: the equations of the snippets have no finite solution (depth "
              "values too large?)",
              Retry::kNever);
}

SnippetParts find_parts(const CoveredFrames& frames) {
  std::vector<std::size_t> parent(frames.snippets());
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  const auto root = [&](std::size_t j) {
    while (parent[j] != j) j = parent[j] = parent[parent[j]];
    return j;
  };
  std::vector<bool> in_use(frames.snippets());
  for (std::size_t frame = 0; frame < frames.size(); ++frame) {
    const auto maps = frames.maps(frame);
    for (const CoveredMap& map : maps) {
      in_use[map.snippet] = true;
      parent[root(map.snippet)] = root(maps.front().snippet);
    }
  }
  SnippetParts parts{.of = std::vector(frames.snippets(), SnippetParts::kNone)};
  std::vector<std::size_t> number(frames.snippets(), SnippetParts::kNone);
  for (std::size_t j = 0; j < parts.of.size(); ++j) {
    if (!in_use[j]) continue;
    std::size_t& part = number[root(j)];
    if (part == SnippetParts::kNone) part = parts.count++;
    parts.of[j] = part;
  }
  return parts;
}

void normalize(const SnippetParts& parts, std::vector<Affine>& affines) {
  std::vector<Affine> sums(parts.count, {0, 0});
  std::vector<double> counts(parts.count, 0);
  for (std::size_t j = 0; j < affines.size(); ++j) {
    if (!parts.used(j)) continue;
    sums[parts.of[j]].scale += affines[j].scale;
    sums[parts.of[j]].shift += affines[j].shift;
    counts[parts.of[j]] += 1;
  }
  for (std::size_t j = 0; j < affines.size(); ++j) {
    if (!parts.used(j)) continue;
    const std::size_t part = parts.of[j];
    const double scale = counts[part] / sums[part].scale;
    affines[j].scale *= scale;
    affines[j].shift = (affines[j].shift - sums[part].shift / counts[part]) * scale;
  }
}

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
