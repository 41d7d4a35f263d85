#include "align/snippet_parts.hpp"

#include <numeric>

namespace rollingdepth {

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

}  // namespace rollingdepth
