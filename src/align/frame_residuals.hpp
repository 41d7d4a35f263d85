#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "align/snippet_samples.hpp"

namespace rollingdepth {

/// The samples of one map, as part of the frame that it shows. Borrows.
struct CoveredMap {
  const float* samples = nullptr;  ///< All finite while the map is in use.
  std::size_t snippet = 0;         ///< Counted over all entries.
  std::size_t map = 0;             ///< Counted over all entries and snippets, [S, L] order.
};

/// The samples frame by frame, without copying them. Maps with less than half of the finite values
/// that another one of the frame has are out of use; where the others hold single values that are
/// not finite, the frame keeps the pixels that all share.
class CoveredFrames {
 public:
  /// @param snippets outlive this; see check_samples.
  explicit CoveredFrames(const std::vector<SnippetSamples>& snippets);

  [[nodiscard]] std::size_t size() const { return frames_.size(); }
  [[nodiscard]] std::size_t snippets() const { return snippets_; }
  [[nodiscard]] std::size_t maps() const { return map_count_; }
  /// The usable maps of a frame, all of `pixels(frame)` samples.
  [[nodiscard]] std::span<const CoveredMap> maps(std::size_t frame) const {
    return std::span(frames_[frame].maps).first(frames_[frame].kept);
  }
  /// Those that are out of use; they may hold values that are not finite.
  [[nodiscard]] std::span<const CoveredMap> dropped(std::size_t frame) const {
    return std::span(frames_[frame].maps).subspan(frames_[frame].kept);
  }
  [[nodiscard]] std::size_t pixels(std::size_t frame) const { return frames_[frame].pixels; }

  /// Values of all maps in use.
  [[nodiscard]] std::size_t samples() const;

  /// Takes every map out of use for which `out[map]` is set.
  void drop(const std::vector<bool>& out);

 private:
  struct Frame {
    std::vector<CoveredMap> maps;  // Those in use first.
    std::size_t kept = 0;
    std::size_t pixels = 0;
  };
  void keep_finite(Frame& frame);

  std::size_t snippets_ = 0;
  std::size_t map_count_ = 0;
  std::vector<Frame> frames_;
  std::vector<std::vector<float>> compacted_;  // Of frames that hold values that are not finite.
};

/// aligned = scale * x + shift.
struct Affine {
  double scale = 1;
  double shift = 0;
};

/// How far aligned samples lie from the median of their frame.
struct Residuals {
  double mean = 0;   ///< Mean absolute.
  double noise = 0;  ///< Standard deviation of the bulk: 1.4826 times the median absolute.
};

/// Looks at about 256 frames and 256 pixels of each; frames of one map tell nothing.
/// @param affines one per snippet.
Residuals residuals_of(const CoveredFrames& frames, const std::vector<Affine>& affines);

/// Geman and McClure's weight of a residual, 1 at 0 and falling with its fourth power far out.
/// @param inverse_width 1 / the residual at which the weight is 1/4.
/// Source: Geman and McClure 1987, "Statistical methods for tomographic image reconstruction".
inline __attribute__((always_inline)) float residual_weight(float residual, float inverse_width) {
  const float ratio = residual * inverse_width;
  const float inverse = 1.0f / (1.0f + ratio * ratio);
  return inverse * inverse;
}

}  // namespace rollingdepth
