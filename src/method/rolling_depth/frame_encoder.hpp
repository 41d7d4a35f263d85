#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "base/crew.hpp"
#include "base/resample.hpp"
#include "method/clip_frames.hpp"
#include "method/rolling_depth/model.hpp"
#include "rollingdepth/method.hpp"
#include "rollingdepth/progress.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth {

struct FrameEncoderOptions {
  FrameSize size;  ///< At which the networks run.
  ResampleMethod resample = ResampleMethod::kBilinear;
  std::int64_t max_vae_frames = 4;  ///< Frames per encoder call, >= 1.
  bool encoded = false;             ///< An earlier run of the job has noted that all is there.
};

/// Encodes the frames of a clip and keeps their latents in a spool. What an earlier run of the same
/// job has left there is not encoded again, and once all is there the clip is not even read.
class FrameEncoder {
 public:
  /// @param crew borrowed. @throws Error(kOutput) where the spool cannot be made.
  FrameEncoder(Crew& crew, CrewModels models, const FrameEncoderOptions& options, Spool& spool);

  /// Goes on until `count` frames are there, in whole batches, or the clip ends; tells `progress`
  /// how many are there. @throws Error(kInput) where the clip holds no frame to use; Cancelled.
  void encode_until(std::int64_t count, ClipFrames& frames, Progress& progress);
  /// Encodes `wanted` of the `count` frames of a clip, in the same batches, but what is there.
  void encode_some(UnitRange wanted, std::int64_t count, ClipFrames& frames, Progress& progress);
  /// [F, C, h, w] model dtype on CPU, scaled, in the order asked for.
  [[nodiscard]] at::Tensor latents(const std::vector<std::int64_t>& frames) const;

 private:
  void encode(DepthModel& model, const std::vector<Frame>& batch, std::int64_t first);

  Crew& crew_;
  CrewModels models_;
  FrameEncoderOptions options_;
  TensorStore latents_;  // [C, h, w]
  bool looked_ = false;  // For what an earlier run has left.
};

/// The shape of a frame's latent: [C, h, w].
std::vector<std::int64_t> latent_shape(FrameSize size, const ModelInfo& model);

}  // namespace rollingdepth
