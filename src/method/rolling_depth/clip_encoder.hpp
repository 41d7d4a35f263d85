#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clip.hpp"
#include "base/progress.hpp"
#include "base/resample.hpp"
#include "method/rolling_depth/model.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth {

struct EncoderOptions {
  std::int64_t start_frame = 0;  ///< First frame used, >= 0.
  std::int64_t frame_count = 0;  ///< Frames used; 0 takes all that follow.
  std::int64_t res_px = 768;     ///< Longest processing edge; 0 keeps the input's.
  ResampleMethod resample = ResampleMethod::kBilinear;
  std::int64_t max_vae_frames = 4;  ///< Frames per encoder call, >= 1.
  bool encoded = false;             ///< An earlier run of the job has noted that all is there.
};

/// Reads a clip front to back and keeps the latents and times of its frames in a spool. What an
/// earlier run of the same job has left there is not encoded again, and once all is there the clip
/// is not even read. Frame 0 is the first one used.
class ClipEncoder {
 public:
  /// @param source, model, spool borrowed. @throws Error(kOutput) where the spool cannot be made.
  ClipEncoder(FrameSource& source, DepthModel& model, const EncoderOptions& options, Spool& spool);

  /// Goes on until `count` frames are there or the clip ends; calls `progress` with the number of
  /// frames that are there. @return that number.
  /// @throws Error(kInput) where the clip holds no frame to use; Cancelled.
  std::int64_t encode_until(std::int64_t count, Progress& progress);
  /// Whether this object has read of the clip: an earlier run may have. What was there of it before
  /// is whole then.
  [[nodiscard]] bool has_read() const { return started_; }
  /// Whether the clip has ended: no more frames will come.
  [[nodiscard]] bool ended() const { return ended_; }

  /// [F, C, h, w] model dtype on CPU, scaled, in the order asked for.
  [[nodiscard]] at::Tensor latents(const std::vector<std::int64_t>& frames) const;
  /// Frame::pts of all frames that are there.
  [[nodiscard]] std::vector<std::optional<std::int64_t>> noted_times() const;

 private:
  [[noreturn]] void fail_without_frames(std::int64_t frames) const;
  void skip_to_start();
  std::vector<Frame> next_batch();
  [[nodiscard]] at::Tensor on_device(const at::Tensor& rgb) const;
  void encode(std::vector<Frame> batch);

  FrameSource& source_;
  DepthModel& model_;
  EncoderOptions options_;
  FrameSize size_;
  TensorStore latents_;  // [C, h, w]
  TensorStore times_;    // [1]; the smallest number where a frame has no time.
  TensorStore length_;   // One record [1]: the number of frames, once it is known.
  std::int64_t frames_ = 0;
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace rollingdepth
