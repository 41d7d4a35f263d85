#pragma once

#include <Eigen/SparseCholesky>
#include <Eigen/SparseCore>
#include <cstddef>
#include <span>
#include <vector>

#include "align/frame_residuals.hpp"
#include "align/irls/products.hpp"

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

/// Snippets that share frames, directly or through others, belong to one part: each has a scale and
/// a shift that nothing ties to those of the other parts.
struct SnippetParts {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::vector<std::size_t> of;  ///< Part of every snippet; kNone for one that is left out.
  std::size_t count = 0;

  [[nodiscard]] bool used(std::size_t snippet) const { return of[snippet] != kNone; }
};

SnippetParts find_parts(const CoveredFrames& frames);

/// Mean scale 1 and mean shift 0 over the snippets of every part.
void normalize(const SnippetParts& parts, std::vector<Affine>& affines);

/// One round: the affines for which the sum of all frames' quadratic forms is at rest under mean
/// scale 1 and mean shift 0 in every part, with what a frame's residual at `before` would gain from
/// smaller scales held against them (docs/alignment.md, "No gain from being small").
/// @param products  of every frame with two maps or more, at `before`.
/// @param before    scales > 0.
/// @param system    made of these frames; its values are replaced.
/// @throws Error(kFailed) where there is no finite solution.
std::vector<Affine> solve_affines(const CoveredFrames& frames,
                                  const std::vector<FrameProducts>& products,
                                  const SnippetParts& parts, const std::vector<Affine>& before,
                                  SnippetSystem& system);

}  // namespace rollingdepth
