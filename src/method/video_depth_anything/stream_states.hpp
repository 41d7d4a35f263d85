#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

#include "method/video_depth_anything/stream_memory.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth::vda {

/// The memory of a causal run in a spool, so that a later run goes on. Two sets of records take
/// turns: while one is written, the other is whole.
class StreamStates {
 public:
  /// Of records, that take turns.
  static constexpr std::int64_t kSets = 2;

  /// @param numbers of a state.
  StreamStates(Spool& spool, std::int64_t numbers, at::ScalarType dtype);

  /// As those of StreamMemory.
  [[nodiscard]] std::int64_t next() const { return memory_.next(); }
  [[nodiscard]] at::Tensor context() const { return memory_.context(); }
  void push(at::Tensor state) { memory_.push(std::move(state)); }

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

  TensorStore states_;
  TensorStore marks_;  // [1]: the frame that came next when a set was written; -1 while it is.
  StreamMemory memory_;
  std::int64_t saved_ = 0;  // next() of the latest record.
  std::int64_t set_ = 0;    // That is written next.
};

}  // namespace rollingdepth::vda
