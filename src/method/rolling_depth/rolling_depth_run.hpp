#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "align/co_align.hpp"
#include "merge/clip_depth.hpp"
#include "merge/merged_maps.hpp"
#include "method/rolling_depth/clip_plan.hpp"
#include "method/rolling_depth/frame_encoder.hpp"
#include "method/rolling_depth/options.hpp"
#include "method/rolling_depth/predicted_chunk.hpp"
#include "method/rolling_depth/refine.hpp"
#include "rollingdepth/method.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth {

/// One clip on its way through RollingDepth, see MethodRun.
class RollingDepthRun final : public MethodRun {
 public:
  /// @param models of the members of the crew. @param options with the batch sizes in effect.
  RollingDepthRun(CrewModels models, const RollingDepthOptions& options, const MethodInput& input);

  ~RollingDepthRun() override;

  std::optional<Phase> next(const ClipFrames& frames) override;
  void work(const Phase& phase, UnitRange units, ClipFrames& frames, Progress& progress) override;
  void work_share(UnitRange begun, ClipFrames& frames, Stages& stages) override;
  void fuse(const Phase& done, const ClipFrames& frames, Stages& stages) override;
  [[nodiscard]] Settings summary() const override;

 private:
  /// The frames that are aligned together, between the phases that they need.
  struct Chunk;
  /// What is told of one afterwards.
  struct ChunkSummary {
    std::int64_t first_frame = 0;
    std::int64_t frames = 0;
    ChunkAffine joined_from_chunk;
    CoAlignSummary align;
  };

  [[nodiscard]] bool in_one_piece() const { return options_.chunk_frames == 0; }
  [[nodiscard]] std::int64_t chunk_size() const;
  // What earlier runs have left of it, as far as they are believed.
  [[nodiscard]] bool chunk_is_merged() const;
  [[nodiscard]] bool chunk_has_maps() const;
  void open_chunk(const ClipFrames& frames, Stages& stages);
  void fuse_chunk(const ClipFrames& frames, Stages& stages);
  void join(DepthChunk& chunk, Stages& stages);
  [[nodiscard]] MergedFrame merged_frames_from(std::int64_t first) const;
  void refine(Progress& progress);

  CrewModels models_;
  const DepthModel& facts_;  // One of them: all are alike.
  const RollingDepthOptions options_;
  MethodInput input_;
  FrameSize size_;  // At which networks run.
  FrameEncoder encoder_;
  RangedMaps merged_;                 // Of all chunks,
  std::optional<RangedMaps> again_;   // of frames that the chunk before shows too,
  std::optional<RangeStore> faded_;   // and of what becomes of the two.
  std::optional<TensorStore> joins_;  // [3]: scale, shift, whether it agreed; of every chunk.
  std::int64_t finished_chunks_;      // By earlier runs, as far as they are believed.
  at::Tensor noise_;                  // [1, C, h, w] float32.
  std::int64_t first_ = 0;            // Frame of the chunk that is, or comes, next.
  std::unique_ptr<Chunk> chunk_;
  bool ended_ = false;  // All chunks are merged.
  bool refined_ = false;
  std::int64_t snippets_ = 0;
  ClipPlan first_plan_;  // Of the first chunk.
  std::vector<ChunkSummary> chunks_;
};

}  // namespace rollingdepth
