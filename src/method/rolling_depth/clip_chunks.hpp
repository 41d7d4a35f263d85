#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "method/rolling_depth/options.hpp"

namespace rollingdepth {

/// Frames of a clip that are aligned together.
struct ClipChunk {
  std::int64_t first = 0;   ///< Frame.
  std::int64_t frames = 0;  ///< >= 1.
  std::string name;         ///< Before the names of its stores; empty for a clip in one piece.
};

/// "chunk4-", empty for a clip in one piece. @param index from 0.
std::string chunk_name(const RollingDepthOptions& options, std::int64_t index);

/// The chunks of a clip of so many frames, >= 1. One that would bring no new frame is none.
std::vector<ClipChunk> chunks_of(const RollingDepthOptions& options, std::int64_t frames);

}  // namespace rollingdepth
