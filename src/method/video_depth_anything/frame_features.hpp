#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "base/crew.hpp"
#include "method/clip_frames.hpp"
#include "method/video_depth_anything/model.hpp"

namespace rollingdepth::vda {

/// Features of the frames that are needed for a while. Frames are encoded in batches that begin at
/// multiples of their size, whoever needs them, so that the same frame always has the same bytes.
/// Thread-safe but for read_next() and keep(), which one thread calls.
class FrameFeatures {
 public:
  /// @param networks borrowed. @param size of the networks. @param batch frames of a call, >= 1.
  FrameFeatures(const CrewNetworks& networks, FrameSize size, std::int64_t batch)
      : networks_(networks), size_(size), numbers_(networks.front()->info(), size), batch_(batch) {}

  [[nodiscard]] const FrameNumbers& numbers() const { return numbers_; }
  [[nodiscard]] std::int64_t batch() const { return batch_; }
  /// Reads the next batch of the clip; hands out its encoding if any of its frames is needed.
  /// REQUIRES: it begins at a multiple of batch().
  void read_next(ClipFrames& frames, const std::function<bool(std::int64_t)>& is_needed,
                 CrewTasks& tasks);
  /// Forgets all frames that are not needed.
  void keep(const std::function<bool(std::int64_t)>& is_needed);
  /// Whether all of them are encoded, and kept.
  [[nodiscard]] bool have(const std::vector<std::int64_t>& frames) const;
  /// Of frames in the order asked for, on the devices on which they were encoded: [features()]
  /// each. REQUIRES: have() them.
  [[nodiscard]] std::vector<at::Tensor> of(const std::vector<std::int64_t>& frames) const;
  /// Parts of such features, stacked on `device`: [F, FrameNumbers::levels()] and
  /// [F, FrameNumbers::skips()].
  [[nodiscard]] at::Tensor levels(const std::vector<at::Tensor>& features,
                                  c10::Device device) const;
  [[nodiscard]] at::Tensor skips(const std::vector<at::Tensor>& features, c10::Device device) const;

 private:
  void encode(Networks& networks, const std::vector<Frame>& batch, std::int64_t first,
              const std::vector<bool>& needed);

  const CrewNetworks& networks_;
  FrameSize size_;
  FrameNumbers numbers_;
  std::int64_t batch_;
  mutable std::mutex mutex_;
  std::map<std::int64_t, at::Tensor> features_;  // [FrameNumbers::features()] each.
};

}  // namespace rollingdepth::vda
