#pragma once

#include <Eigen/SparseCholesky>
#include <Eigen/SparseCore>
#include <cstddef>
#include <span>
#include <vector>

#include "align/covered_frames.hpp"

namespace rollingdepth {

/// A sparse symmetric system with one or two unknowns per snippet; two snippets are coupled where
/// they show the same frame. The pattern is analysed once, the values change from round to round.
class SnippetSystem {
 public:
  /// @param unknowns per snippet; that of snippet j at unknowns * j + u.
  SnippetSystem(const CoveredFrames& frames, std::size_t unknowns);

  /// All values to zero.
  void clear();
  /// Adds the blocks of a frame's pairs of maps k <= l, row by row of the upper triangle,
  /// `unknowns` x `unknowns` values each. The frame may have lost maps since the construction.
  void add(std::span<const CoveredMap> maps, std::span<const double> blocks);
  /// The solution for every column of `right`, with a trace of a ridge (1e-9 of every diagonal
  /// value): where the values leave a direction open, the solution is short in it.
  /// @throws Error(kFailed) where a value is not finite.
  [[nodiscard]] Eigen::MatrixXd solve(const Eigen::MatrixXd& right);

 private:
  double& at(std::size_t row, std::size_t column);

  std::size_t unknowns_ = 1;
  Eigen::SparseMatrix<double> lower_;
  Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>, Eigen::Lower> factors_;
};

}  // namespace rollingdepth
