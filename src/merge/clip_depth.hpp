#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "merge/merged_maps.hpp"
#include "rollingdepth/progress.hpp"

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
  ChunkMaps merged;
  ChunkAffine joined_from_chunk = {};
};

/// The merged depth of a clip: one chunk, or several that overlap, joined to one scale and
/// cross-faded where two show a frame, mapped to [-1, 1] over the whole clip.
class ClipDepth {
 public:
  /// read() gives the values as they were merged, not mapped to [-1, 1], from now on.
  void keep_values() { keeps_values_ = true; }
  /// Where the ranges of frames that two chunks show are kept, under the frame's number; without it
  /// they are measured anew. Borrowed.
  void keep_faded_ranges_in(RangeStore& ranges) { faded_ranges_ = &ranges; }

  /// Appends a chunk that begins inside or right after the last one and reaches beyond it.
  /// REQUIRES: no frame is in more than two chunks.
  void add(DepthChunk chunk);
  [[nodiscard]] const std::vector<DepthChunk>& chunks() const { return chunks_; }
  [[nodiscard]] std::int64_t frames() const;

  /// Of every map. REQUIRES: there is one.
  [[nodiscard]] FrameSize size() const {
    return replaced_ ? replaced_->size() : chunks_.front().merged.size();
  }

  /// Finds the smallest and largest finite value of all frames: read() needs them. Reads those maps
  /// only that two chunks show, where their range is not known yet.
  /// @throws Error(kFailed) where there is none; MissingRecord; Cancelled.
  void measure_range(Progress& progress);
  /// Of all frames, as read() gives them; known after measure_range().
  [[nodiscard]] MapRange range() const;
  /// Pixels without a finite value in any snippet, NaN; known after measure_range().
  [[nodiscard]] std::int64_t empty_pixels() const { return joined_.empty_pixels; }
  /// Reads every map that this run has not read or written. @throws MissingRecord; Cancelled.
  void require_whole(Progress& progress) const;

  /// read() gives these maps from now on, as they are, one for each frame.
  void replace(std::unique_ptr<RangedMaps> maps) { replaced_ = std::move(maps); }

  /// [H, W] float32 on CPU: (x - min) / (max - min) * 2 - 1 unless values are kept. A flat clip
  /// gives -1.
  [[nodiscard]] at::Tensor read(std::int64_t frame) const;
  /// The same before it is mapped to [-1, 1].
  [[nodiscard]] at::Tensor read_joined(std::int64_t frame) const;

 private:
  // The chunks that show a frame: one, or the second of them and the one before.
  struct Showing {
    const DepthChunk* first = nullptr;
    const DepthChunk* second = nullptr;
  };
  [[nodiscard]] Showing showing(std::int64_t frame) const;
  [[nodiscard]] MapRange joined_range(std::int64_t frame) const;

  bool keeps_values_ = false;
  RangeStore* faded_ranges_ = nullptr;
  std::vector<DepthChunk> chunks_;
  MapRange joined_;  // Of all frames before they are mapped to [-1, 1].
  std::unique_ptr<RangedMaps> replaced_;
};

/// The scale and shift that bring `chunk` to the scale of `before`, fitted where both show a frame
/// by the robust fit that aligns snippets (Aligner::kIrls), with the two as snippets; by median and
/// median distance from it where they are flat there or have too little in common for a fit.
/// REQUIRES: they share frames. @throws Error(kOutput), Error(kInput), Cancelled.
ChunkAffine join_chunks(const DepthChunk& before, const DepthChunk& chunk, Progress& progress);

}  // namespace rollingdepth
