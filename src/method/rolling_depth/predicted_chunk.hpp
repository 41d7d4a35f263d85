#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "align/snippet_samples.hpp"
#include "merge/spooled_snippets.hpp"
#include "method/rolling_depth/clip_plan.hpp"
#include "method/rolling_depth/options.hpp"
#include "method/rolling_depth/snippet_predictor.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth {

/// The decoded maps of every distinct dilation of a run of frames, and their alignment samples,
/// both in a spool. Of a job that goes on only what is missing there is predicted; what is damaged
/// is found where it is read.
class PredictedChunk final : public SnippetSet {
 public:
  /// @param name unique among the chunks of the spool. `plan` is borrowed.
  PredictedChunk(Spool& spool, const std::string& name, const ClipPlan& plan,
                 const RollingDepthOptions& options);

  /// Which snippets are to be predicted.
  struct Wanted {
    /// Whether the maps of a frame are still of use.
    std::function<bool(std::int64_t frame)> needed;
    /// Frames; snippets in batches that begin with one of them.
    std::optional<UnitRange> begun = std::nullopt;
  };
  /// @param latents of the chunk's frames, counted from its first.
  /// @param done    units of the stage that are done already.
  /// @throws Error(kFailed) where the network's depth is not finite; Error(kDevice), Cancelled.
  void predict(Crew& crew, const CrewModels& models, const LatentReader& latents,
               const at::Tensor& noise, const Wanted& wanted, Progress& progress,
               std::int64_t done = 0);
  /// What predict() would do.
  struct Left {
    std::int64_t snippets = 0;
    UnitRange frames = {};  ///< That these see; empty where there are none.
  };
  [[nodiscard]] Left left(const Wanted& wanted) const;

  /// The samples of every dilation in effect, minimum() subtracted; the memory is the caller's.
  [[nodiscard]] std::vector<SnippetSamples> samples() override;
  /// Of all maps; known after samples().
  [[nodiscard]] float minimum() const override { return minimum_; }
  /// One per dilation in effect.
  [[nodiscard]] std::vector<SpooledSnippets> maps() const override;

 private:
  // Of one distinct dilation. A dilation that occurs twice (a capped one can equal another) is
  // computed once and counts twice.
  struct Dilation {
    const SnippetPlan& plan;
    MapStore maps;
    TensorStore samples;  // [L * h' * w' + 1]: the last value is the snippet's minimum.
  };

  [[nodiscard]] PredictorOptions predictor(const Dilation& dilation, const Wanted& wanted) const;
  [[nodiscard]] bool wants(const Dilation& dilation, std::int64_t snippet,
                           const std::function<bool(std::int64_t)>& needed) const;
  // Runs behind the queue of predict().
  void keep(Dilation& dilation, std::int64_t snippet, const at::Tensor& maps) const;
  [[nodiscard]] at::Tensor thin_out(const at::Tensor& maps) const;

  const ClipPlan& plan_;
  const RollingDepthOptions& options_;
  int stride_px_;
  std::vector<std::unique_ptr<Dilation>> dilations_;
  float minimum_ = 0;
};

/// What says that a snippet is predicted: its samples, one entry a dilation of `plan`, in the
/// order.
/// @param name of the chunk, as PredictedChunk takes it.
std::vector<UnitRecords> snippet_records(const std::string& name, const ClipPlan& plan,
                                         const RollingDepthOptions& options);

}  // namespace rollingdepth
