#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <vector>

namespace rollingdepth {

/// The frames of the snippet that ends with frame `next`, oldest first: `length` of them,
/// `dilation` apart, or less where the first frame, 0, is too near; `next` alone where it is among
/// the first `length` - 1.
std::vector<std::int64_t> causal_snippet(std::int64_t next, std::int64_t dilation,
                                         std::int64_t length);
/// The same of several dilations, each snippet once.
std::vector<std::vector<std::int64_t>> causal_snippets(std::int64_t next,
                                                       const std::vector<std::int64_t>& dilations,
                                                       std::int64_t length);

/// What a causal run remembers of the frames that later snippets may see.
class RecentFrames {
 public:
  struct Seen {
    at::Tensor latent;   ///< [1, C, h, w] model dtype and device, scaled.
    at::Tensor samples;  ///< [n] float32 on CPU, of the depth that was given.
  };

  /// @param most frames that are remembered, >= 1.
  explicit RecentFrames(std::int64_t most) : most_(most) {}

  /// The frame that comes next; they are counted from 0.
  [[nodiscard]] std::int64_t next() const { return next_; }
  [[nodiscard]] std::int64_t size() const { return std::ssize(seen_); }
  /// REQUIRES: one of the last size() before next().
  [[nodiscard]] const Seen& of(std::int64_t frame) const {
    return seen_[static_cast<std::size_t>(frame - (next_ - size()))];
  }
  /// Remembers frame next(), and forgets the oldest where there are too many.
  void push(Seen seen);
  void clear();

 private:
  std::int64_t most_;
  std::int64_t next_ = 0;
  std::deque<Seen> seen_;  // Oldest first.
};

}  // namespace rollingdepth
