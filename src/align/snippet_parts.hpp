#pragma once

#include <cstddef>
#include <vector>

#include "align/covered_frames.hpp"
#include "align/frame_products.hpp"

namespace rollingdepth {

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

}  // namespace rollingdepth
