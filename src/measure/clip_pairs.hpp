#pragma once

#include <cstdint>
#include <optional>

#include "measure/comparison.hpp"
#include "measure/map_pair.hpp"

namespace rollingdepth {

/// The maps of one frame before alignment, and what there is to know of them.
struct CountedPair {
  MapPair maps;  ///< The candidate at the reference's size.
  ValueSummary reference;
  ValueSummary candidate;
  /// Pixels on which the reference counts, whatever the candidate says there, and their range.
  std::int64_t reference_pixels = 0;
  double nearest = 0;
  double farthest = 0;
  std::int64_t valid_pixels = 0;
};

/// Two clips, frame by frame, as often as wanted: checks that they fit together, scales the
/// candidate, and finds the pixels that count. Not thread-safe.
class ClipPairs {
 public:
  /// @throws Error(kInput) for sizes or numbers of frames that differ without leave.
  ClipPairs(const ComparisonInputs& inputs, const ComparisonOptions& options);
  [[nodiscard]] std::int64_t frames() const { return frames_; }
  /// Back to the first frame.
  void rewind();
  /// The next pair; nothing after the last. @throws Error(kInput).
  std::optional<CountedPair> next();

 private:
  [[nodiscard]] at::Tensor mask_of_frame();

  const ComparisonInputs& inputs_;
  const ComparisonOptions& options_;
  std::int64_t frames_ = 0;
  std::int64_t next_ = 0;
  at::Tensor mask_;  // The one that serves all frames.
};

/// "cannot compare REFERENCE with CANDIDATE: why".
[[noreturn]] void fail_to_compare(const ComparisonInputs& inputs, const std::string& why);

}  // namespace rollingdepth
