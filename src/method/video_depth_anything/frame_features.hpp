#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "method/clip_frames.hpp"
#include "method/video_depth_anything/model.hpp"

namespace rollingdepth::vda {

/// Features of the frames that are needed for a while. Frames are encoded in batches that begin at
/// multiples of their size, whoever needs them, so that the same frame always has the same bytes.
class FrameFeatures {
 public:
  /// @param networks borrowed. @param size of the networks. @param batch frames of a call, >= 1.
  FrameFeatures(Networks& networks, FrameSize size, std::int64_t batch)
      : networks_(networks), size_(size), numbers_(networks.info(), size), batch_(batch) {}

  [[nodiscard]] const FrameNumbers& numbers() const { return numbers_; }
  /// Reads the next batch of the clip; encodes it if any of its frames is needed.
  /// REQUIRES: all frames before were read by this function.
  void read_next(ClipFrames& frames, const std::function<bool(std::int64_t)>& is_needed);
  /// Forgets all frames that are not needed.
  void keep(const std::function<bool(std::int64_t)>& is_needed);
  /// Parts of features, stacked in the order asked for: [F, FrameNumbers::levels()] and
  /// [F, FrameNumbers::skips()]. REQUIRES: they are kept.
  [[nodiscard]] at::Tensor levels(const std::vector<std::int64_t>& frames) const;
  [[nodiscard]] at::Tensor skips(const std::vector<std::int64_t>& frames) const;

 private:
  [[nodiscard]] at::Tensor stacked(const std::vector<std::int64_t>& frames, std::int64_t first,
                                   std::int64_t count) const;

  Networks& networks_;
  FrameSize size_;
  FrameNumbers numbers_;
  std::int64_t batch_;
  std::map<std::int64_t, at::Tensor> features_;  // [FrameNumbers::features()] each.
};

}  // namespace rollingdepth::vda
