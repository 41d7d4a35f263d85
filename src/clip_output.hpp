#pragma once

#include <string>
#include <vector>

#include "base/frame_times.hpp"
#include "merge/clip_depth.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"
#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// The finished depth of a clip on its way to files: range, size, times.
class ClipOutput {
 public:
  /// What is the same for all frames.
  struct Layout {
    FrameSize size;
    ResampleMethod resample = ResampleMethod::kBilinear;
    DepthValues values = DepthValues::kAffineInverse;
    std::vector<std::string> frame_numbers = {};  ///< As DepthClipInfo.
    std::vector<std::int64_t> shots = {};         ///< As DepthClipInfo.
  };

  /// @param depth of all frames, borrowed.
  ClipOutput(const ClipDepth& depth, Layout layout) : depth_(depth), layout_(std::move(layout)) {}

  /// Gives every frame to every sink, each in a thread of its own; finish() is the caller's.
  /// @param sinks borrowed. @param begins called before the first of them begins.
  /// @throws Error, MissingRecord, Cancelled.
  void write(const std::vector<DepthSink*>& sinks, const FrameTimes& times, Progress& progress,
             const std::function<void()>& begins) const;

 private:
  [[nodiscard]] at::Tensor map(std::int64_t frame) const;
  [[nodiscard]] MapRange range(const std::vector<DepthSink*>& sinks, Progress& progress) const;

  const ClipDepth& depth_;
  Layout layout_;
};

}  // namespace rollingdepth
