#include "method/rolling_depth/clip_chunks.hpp"

#include <algorithm>

namespace rollingdepth {

std::string chunk_name(const RollingDepthOptions& options, std::int64_t index) {
  return options.chunk_frames == 0 ? "" : "chunk" + std::to_string(index) + "-";
}

std::vector<ClipChunk> chunks_of(const RollingDepthOptions& options, std::int64_t frames) {
  if (options.chunk_frames == 0) return {{.first = 0, .frames = frames, .name = ""}};
  std::vector<ClipChunk> chunks;
  for (std::int64_t first = 0;; first += options.chunk_frames - options.chunk_overlap) {
    const std::int64_t length = std::min(frames - first, options.chunk_frames);
    if (first > 0 && length <= options.chunk_overlap) return chunks;
    chunks.push_back({.first = first,
                      .frames = length,
                      .name = chunk_name(options, static_cast<std::int64_t>(chunks.size()))});
    if (first + length == frames) return chunks;
  }
}

}  // namespace rollingdepth
