#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "live/cut_watch.hpp"
#include "live/display_range.hpp"
#include "live/live_frame.hpp"
#include "live/live_stats.hpp"
#include "live/res_control.hpp"
#include "live/view_painter.hpp"
#include "method/causal_depth.hpp"

namespace rollingdepth::live {

/// The edge of the networks, and the rate that it is lowered to hold.
struct Adapt {
  std::int64_t res_px = 0;  ///< Where it begins, and at most.
  double frames_per_second = 0;
};

/// How frames become pictures.
struct ComputerOptions {
  double smooth = 0.9;         ///< Decay of the display range, in [0, 1).
  bool looks_for_cuts = true;  ///< Depth and its range begin anew at cuts.
  CutOptions cuts = {};
  std::optional<Adapt> adapt = {};  ///< Unset: the edge stays.
};

/// Makes a picture of each frame: cut or not, depth, display range, colours. Its maps keep the size
/// of the first one. Not thread-safe.
class FrameComputer {
 public:
  /// @param depth, painter, stats borrowed.
  FrameComputer(CausalDepth& depth, const ViewPainter& painter, const ComputerOptions& options,
                FrameSize frames, LiveStats& stats);

  [[nodiscard]] FrameSize depth_size() const { return size_; }
  /// @param shows_view whether LivePicture::view is made. @throws as CausalDepth::next().
  LivePicture compute(LiveFrame frame, bool shows_view);
  /// Of the picture that compute() gave last.
  [[nodiscard]] const ShownDepth& shown() const { return shown_; }
  /// The edge of the networks where it is adapted, once it has changed since the last call.
  std::optional<std::int64_t> take_new_res();

 private:
  at::Tensor depth_of(const at::Tensor& rgb);
  void adapt(double busy_seconds);

  CausalDepth& depth_;
  const ViewPainter& painter_;
  ComputerOptions options_;
  LiveStats& stats_;
  FrameSize size_;
  CutWatch cuts_;
  DisplayRange range_;
  std::optional<ResControl> control_;
  std::optional<std::int64_t> new_res_;
  ShownDepth shown_;
};

}  // namespace rollingdepth::live
