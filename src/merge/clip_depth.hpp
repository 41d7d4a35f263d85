#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/progress.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth {

/// joined = scale * merged + shift.
struct ChunkAffine {
  double scale = 1;  ///< > 0.
  double shift = 0;
  bool agreed = true;  ///< Otherwise the overlap has no fit, and its medians were made equal.
};

/// Merged depth of a run of frames, in a scale of its own.
struct DepthChunk {
  std::int64_t first_frame = 0;
  std::int64_t frames = 0;
  std::unique_ptr<TensorStore> merged;  ///< `frames` records [H, W] float32.
  ChunkAffine joined_from_chunk;
};

/// The merged depth of a clip: one chunk, or several that overlap, joined to one scale and
/// cross-faded where two show a frame, mapped to [-1, 1] over the whole clip.
class ClipDepth {
 public:
  /// Appends a chunk that begins inside or right after the last one and reaches beyond it.
  /// REQUIRES: no frame is in more than two chunks.
  void add(DepthChunk chunk);
  [[nodiscard]] const std::vector<DepthChunk>& chunks() const { return chunks_; }
  [[nodiscard]] std::int64_t frames() const;

  /// Looks for the smallest and largest finite value of all frames: read() needs them.
  /// @throws Error(kFailed) where there is none; Cancelled.
  void measure_range(Progress& progress);
  /// Pixels without a finite value in any snippet, NaN; known after measure_range().
  [[nodiscard]] std::int64_t empty_pixels() const { return empty_pixels_; }

  /// read() gives these maps from now on, as they are. @param maps frames() records [H, W] float32.
  void replace(std::unique_ptr<TensorStore> maps) { replaced_ = std::move(maps); }

  /// [H, W] float32 on CPU: (x - min) / (max - min) * 2 - 1. A flat clip gives -1.
  [[nodiscard]] at::Tensor read(std::int64_t frame) const;
  /// The same before it is mapped to [-1, 1].
  [[nodiscard]] at::Tensor read_joined(std::int64_t frame) const;

 private:
  std::vector<DepthChunk> chunks_;
  float min_ = 0;
  float max_ = 0;
  std::int64_t empty_pixels_ = 0;
  std::unique_ptr<TensorStore> replaced_;
};

/// The scale and shift that bring `chunk` to the scale of `before`, fitted where both show a frame
/// by the robust fit that aligns snippets (Aligner::kIrls), with the two as snippets; by median and
/// median distance from it where they are flat there or have too little in common for a fit.
/// REQUIRES: they share frames. @throws Error(kOutput), Error(kInput), Cancelled.
ChunkAffine join_chunks(const DepthChunk& before, const DepthChunk& chunk, Progress& progress);

}  // namespace rollingdepth
