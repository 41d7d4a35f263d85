#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "base/crew.hpp"
#include "method/clip_frames.hpp"
#include "method/windows/window_networks.hpp"

namespace rollingdepth {

/// Features of the frames that are needed for a while. Frames are encoded in batches that begin at
/// multiples of their size, whoever needs them, so that the same frame always has the same bytes.
/// Thread-safe but for read_next() and keep(), which one thread calls.
class FrameFeatures {
 public:
  /// @param networks borrowed. @param size of the networks. @param batch frames of a call, >= 1.
  FrameFeatures(const CrewNetworks& networks, FrameSize size, std::int64_t batch)
      : networks_(networks), size_(size), batch_(batch) {}

  [[nodiscard]] FrameSize size() const { return size_; }
  [[nodiscard]] std::int64_t batch() const { return batch_; }
  /// Reads the next batch of the clip; hands out its encoding if any of its frames is needed.
  /// REQUIRES: it begins at a multiple of batch().
  void read_next(ClipFrames& frames, const std::function<bool(std::int64_t)>& is_needed,
                 CrewTasks& tasks);
  /// Forgets all frames that are not needed.
  void keep(const std::function<bool(std::int64_t)>& is_needed);
  /// Whether all of them are encoded, and kept.
  [[nodiscard]] bool have(const std::vector<std::int64_t>& frames) const;
  /// Of frames in the order asked for, on the devices on which they were encoded.
  /// REQUIRES: have() them.
  [[nodiscard]] std::vector<FrameParts> of(const std::vector<std::int64_t>& frames) const;

 private:
  void encode(WindowNetworks& networks, const std::vector<Frame>& batch, std::int64_t first,
              const std::vector<bool>& needed);

  const CrewNetworks& networks_;
  FrameSize size_;
  std::int64_t batch_;
  mutable std::mutex mutex_;
  std::map<std::int64_t, FrameParts> features_;
};

}  // namespace rollingdepth
