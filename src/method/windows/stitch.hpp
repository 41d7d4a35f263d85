#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "align/frame_residuals.hpp"
#include "method/windows/windows.hpp"

namespace rollingdepth {

/// Least squares, target = scale * map + shift, over all pixels of all maps, summed in double.
/// @return scale 1, shift 0 where maps are flat.
/// @param maps, targets float32 on CPU, of one shape.
Affine fit_affine(const std::vector<at::Tensor>& maps, const std::vector<at::Tensor>& targets);

/// Joins windows to one clip, front to back, in memory for one window: each is brought to the scale
/// of what stands by two frames that it shows again, and faded in over some more.
/// Source: Chen et al. 2025, section 3.3; the original's `infer_video_depth`.
class Stitcher {
 public:
  /// Gets frames in order, once each.
  using Sink = std::function<void(std::int64_t frame, const at::Tensor& map)>;

  /// @param metric windows are in metres already: no fit.
  Stitcher(WindowShape shape, bool metric, Sink sink)
      : shape_(shape), metric_(metric), sink_(std::move(sink)) {}

  /// The next window. @param outputs [H, W] float32 on CPU each, from the first on, as many as
  /// used_outputs() says.
  void add(std::vector<at::Tensor> outputs);
  /// After the last window.
  void finish();

 private:
  void emit(const at::Tensor& map) { sink_(frames_++, map); }

  WindowShape shape_;
  bool metric_;
  Sink sink_;
  std::int64_t frames_ = 0;          // Handed to the sink.
  std::vector<at::Tensor> waiting_;  // The last maps, which the next window blends with its own.
  std::vector<at::Tensor> anchors_;  // What the first two outputs of a window must become.
};

}  // namespace rollingdepth
