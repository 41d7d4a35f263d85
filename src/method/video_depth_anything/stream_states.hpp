#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "store/tensor_store.hpp"

namespace rollingdepth::vda {

/// States that stand in the list of a causal run at most.
inline constexpr std::int64_t kMostStates = 42;
/// Of the last frames that a frame sees, besides the first two of the list.
inline constexpr std::int64_t kLatestStates = 29;

/// Frames whose states are alive before frame `next`, oldest first, as often as they stand there:
/// frame 0 stands 32 times at first. Source: the original's `infer_video_depth_one`.
std::vector<std::int64_t> living_frames(std::int64_t next);
/// The frames that frame `next` >= 1 sees besides itself: 31 of living_frames().
std::vector<std::int64_t> context_frames(std::int64_t next);

/// What a causal run remembers of the frames before, and keeps in a spool so that a later run goes
/// on. Two sets of records take turns: while one is written, the other is whole.
class StreamStates {
 public:
  /// Of records, that take turns.
  static constexpr std::int64_t kSets = 2;

  /// @param numbers of a state.
  StreamStates(Spool& spool, std::int64_t numbers, at::ScalarType dtype);

  /// The frame whose state comes next.
  [[nodiscard]] std::int64_t next() const { return next_; }
  /// [31, numbers], for frame next() >= 1.
  [[nodiscard]] at::Tensor context() const;
  /// @param state [numbers] of frame next(); any device.
  void push(at::Tensor state);

  /// Makes what is remembered a record. @throws Error(kOutput) on a full disk.
  void save();
  /// Goes on at the latest record that is whole and of a frame up to `most`.
  void restore(std::int64_t most, c10::Device device);

 private:
  // Records of a set begin so far apart, with room to spare.
  static constexpr std::int64_t kRecordsOfSet = 64;
  static_assert(kMostStates <= kRecordsOfSet);

  [[nodiscard]] std::int64_t mark(std::int64_t set) const;
  [[nodiscard]] bool read(std::int64_t set, c10::Device device);
  [[nodiscard]] const at::Tensor& state_of(std::int64_t frame) const;

  struct Remembered {
    std::int64_t frame;
    at::Tensor state;
  };
  TensorStore states_;
  TensorStore marks_;  // [1]: the frame that came next when a set was written; -1 while it is.
  std::deque<Remembered> remembered_;  // Each frame once, oldest first.
  std::int64_t next_ = 0;
  std::int64_t saved_ = 0;  // next_ of the latest record.
  std::int64_t set_ = 0;    // That is written next.
};

}  // namespace rollingdepth::vda
