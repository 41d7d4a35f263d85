#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <memory>

#include "shots/cut_detector.hpp"

namespace rollingdepth {

class SmallPicture;

namespace live {

/// Finds cuts as they come: as CutDetector does, but a frame's change is compared with that of the
/// frames before it alone, since those after it are not there yet. Fades and flashes are not looked
/// for. Not thread-safe.
class CutWatch {
 public:
  /// REQUIRES: options are valid.
  CutWatch(const CutOptions& options, FrameSize size);
  ~CutWatch();

  /// Whether a shot begins with this frame; the first one does not count.
  /// @param rgb [3, H, W] uint8 on CPU. @param time_us when it is shown.
  bool is_cut(const at::Tensor& rgb, std::int64_t time_us);
  /// Nothing before the next frame counts.
  void begin_anew();

 private:
  CutOptions options_;
  FrameSize size_;
  std::unique_ptr<SmallPicture> before_;
  std::deque<double> changes_;  // Of the last frames of the shot, newest last.
  std::int64_t shot_began_us_ = 0;
};

}  // namespace live
}  // namespace rollingdepth
