#include "align/snippet_system.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace rollingdepth {

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

}  // namespace rollingdepth
