#pragma once

#include <memory>
#include <optional>

#include "method/clip_frames.hpp"
#include "rollingdepth/method.hpp"
#include "store/spool.hpp"

namespace rollingdepth {

/// The frames of one shot, as a clip of their own: frame 0 is the first of the shot. What is noted
/// of them stays in memory. Not thread-safe.
class ShotFrames {
 public:
  /// @param whole borrowed; all of its frames and times are known, or it has read exactly what
  /// lies before the shot. @param shot frames of the clip; `last` beyond its end: to the end.
  ShotFrames(ClipFrames& whole, UnitRange shot);
  ~ShotFrames();
  ShotFrames(const ShotFrames&) = delete;
  ShotFrames& operator=(const ShotFrames&) = delete;

  [[nodiscard]] ClipFrames& frames() { return *frames_; }

 private:
  class Source;

  Spool notes_;
  std::unique_ptr<Source> source_;
  std::optional<ClipFrames> frames_;
};

}  // namespace rollingdepth
