#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "align/frame_residuals.hpp"
#include "method/causal_depth.hpp"
#include "method/video_depth_anything/model.hpp"
#include "method/video_depth_anything/stream_memory.hpp"

namespace rollingdepth::vda {

/// Video-Depth-Anything for frames that come one after another: what StreamRun gives with one frame
/// a call, in memory that holds 42 states. States are of one size of the networks: after a change
/// they begin anew, and depth gets the scale and the shift by which the first map at the new size
/// fits the last one before it; metres get a scale alone.
class CausalFrames final : public CausalDepth {
 public:
  /// @param options with res_px. @throws Error(kUsage) for options out of range.
  CausalFrames(std::unique_ptr<Networks> networks, const CausalOptions& options);

  [[nodiscard]] DepthValues values() const override;
  [[nodiscard]] FrameSize processing_size(FrameSize input) const override;
  [[nodiscard]] std::int64_t edge_px(FrameSize input) const override;
  at::Tensor next(const at::Tensor& rgb) override;
  void begin_anew() override;
  void change_res(std::int64_t res_px) override;
  [[nodiscard]] Settings settings() const override;

  /// States that are remembered.
  [[nodiscard]] std::int64_t states_remembered() const { return std::ssize(memory_.remembered()); }

 private:
  void take_size(FrameSize size);
  [[nodiscard]] at::Tensor network_depth(const at::Tensor& rgb);
  [[nodiscard]] Affine fit_to_last(const at::Tensor& map) const;

  std::unique_ptr<Networks> networks_;
  std::int64_t res_px_;
  FrameSize size_;  // At which the networks run.
  StreamMemory memory_;
  at::Tensor last_;           // [H, W], given for the frame before; undefined after begin_anew().
  bool at_new_size_ = false;  // No frame since has told the scale.
  Affine given_from_network_;
};

}  // namespace rollingdepth::vda
