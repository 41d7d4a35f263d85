#pragma once

#include <cstdint>

#include "rollingdepth/method.hpp"

namespace rollingdepth::gemdepth {

/// What GemDepth does with a clip. ClipOptions::res_px is the shorter edge; ClipOptions::resample
/// has no influence: the method resamples as it was trained.
struct Options {
  ClipOptions clip{.res_px = 518};
  bool pose = true;                  ///< Find the cameras, and use them.
  std::int64_t window_frames = 32;   ///< 32, 16 or 8.
  std::int64_t frames_per_call = 0;  ///< Of the encoder; 0: chosen by size.

  void validate() const;  ///< Throws Error(kUsage) naming the option and value.
  /// Every value that changes a pixel, by the option's name.
  [[nodiscard]] Settings settings() const;
  /// Takes values by their names in settings(). @throws Error(kUsage) naming one that there is not,
  /// or of the wrong type.
  void set(const Settings& settings);
};

}  // namespace rollingdepth::gemdepth
