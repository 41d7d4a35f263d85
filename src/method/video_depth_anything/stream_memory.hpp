#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <vector>

namespace rollingdepth::vda {

/// States that stand in the list of a causal run at most.
inline constexpr std::int64_t kMostStates = 42;
/// Of the last frames that a frame sees, besides the first two of the list.
inline constexpr std::int64_t kLatestStates = 29;

/// Frames whose states are alive before frame `next`, oldest first, as often as they stand there:
/// frame 0 stands 32 times at first. Source: the original's `infer_video_depth_one`.
std::vector<std::int64_t> living_frames(std::int64_t next);
/// The same, each once.
std::vector<std::int64_t> remembered_frames(std::int64_t next);
/// The frames that frame `next` >= 1 sees besides itself: 31 of living_frames().
std::vector<std::int64_t> context_frames(std::int64_t next);

/// What a causal run remembers of the frames before: kMostStates at most.
class StreamMemory {
 public:
  struct Remembered {
    std::int64_t frame;
    at::Tensor state;  ///< [numbers].
  };

  StreamMemory() = default;
  /// As it was before frame `next`. @param remembered of remembered_frames(next), in the order.
  StreamMemory(std::int64_t next, std::deque<Remembered> remembered);

  /// The frame whose state comes next.
  [[nodiscard]] std::int64_t next() const { return next_; }
  /// [31, numbers], for frame next() >= 1.
  [[nodiscard]] at::Tensor context() const;
  /// @param state [numbers] of frame next(); any device.
  void push(at::Tensor state);
  /// Each frame once, oldest first.
  [[nodiscard]] const std::deque<Remembered>& remembered() const { return remembered_; }

 private:
  [[nodiscard]] const at::Tensor& state_of(std::int64_t frame) const;

  std::int64_t next_ = 0;
  std::deque<Remembered> remembered_;
};

}  // namespace rollingdepth::vda
