#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "align/line_fit.hpp"
#include "method/causal_depth.hpp"
#include "method/rolling_depth/model.hpp"
#include "method/rolling_depth/recent_frames.hpp"

namespace rollingdepth {

/// RollingDepth for frames that come one after another. CausalMode::kFrame: each as the network
/// sees it alone. CausalMode::kSnippet: snippets that end with the frame, each with the scale and
/// shift by which its map of the nearest earlier frame fits what was given for that; what is given
/// is the mean of its maps of the frame. Frames that stand alone are fitted to the map before.
/// Scale and shift are let go towards the network's own, slowly, so that errors do not add up for
/// ever (docs/live.md, "Causal against offline").
class CausalSnippets final : public CausalDepth {
 public:
  /// Bounds of what is given: its scale is at most this times the network's own, or one over it,
  static constexpr double kMostScale = 8;
  /// and the middle of the map that a snippet is fitted by, whose values are -1 to 1 by the
  /// network, gets at most so far from where the network has it.
  static constexpr double kMostShift = 4;

  /// @param options with res_px. @throws Error(kUsage) for options out of range, or for which the
  ///        model was not made.
  CausalSnippets(std::unique_ptr<DepthModel> model, CausalOptions options);

  [[nodiscard]] DepthValues values() const override { return DepthValues::kAffineInverse; }
  [[nodiscard]] FrameSize processing_size(FrameSize input) const override;
  [[nodiscard]] std::int64_t edge_px(FrameSize input) const override;
  at::Tensor next(const at::Tensor& rgb) override;
  void begin_anew() override;
  void change_res(std::int64_t res_px) override;
  [[nodiscard]] Settings settings() const override;

  /// Frames of which something is remembered.
  [[nodiscard]] std::int64_t frames_remembered() const { return recent_.size(); }

 private:
  struct Snippet {
    std::vector<std::int64_t> frames;  // Oldest first.
    at::Tensor map;                    // [H, W] float32 on CPU, of the last of them,
    at::Tensor before;                 // and of the one before that, if any.
  };

  void take_size(FrameSize size);
  [[nodiscard]] at::Tensor encode(const at::Tensor& rgb);
  [[nodiscard]] std::vector<Snippet> predict(const at::Tensor& latent);
  [[nodiscard]] LineFit fit(const Snippet& snippet) const;
  [[nodiscard]] at::Tensor aligned(const std::vector<Snippet>& snippets);
  [[nodiscard]] at::Tensor samples_of(const at::Tensor& map) const;

  std::unique_ptr<DepthModel> model_;
  CausalOptions options_;
  DdimScheduler scheduler_;
  RecentFrames recent_;
  FrameSize size_;    // At which the networks run.
  at::Tensor noise_;  // [1, C, h, w] float32 on the device.
  std::int64_t stride_px_ = 1;
  at::Tensor last_;   // [H, W], given for the frame before; undefined after begin_anew().
  double scale_ = 1;  // Of the frame before, where a fit tells none.
};

}  // namespace rollingdepth
