#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rollingdepth/method.hpp"

namespace rollingdepth::vda {

/// How a clip goes through the networks.
enum class Mode {
  kOffline,    ///< Windows of 32 frames, stitched: sees what follows a frame.
  kStreaming,  ///< Frame by frame, from what was before: causal.
};

/// @throws Error(kUsage) for an unknown name.
Mode parse_mode(std::string_view name);
std::string to_string(Mode mode);

/// What Video-Depth-Anything does with a clip. ClipOptions::res_px is the shorter edge;
/// ClipOptions::resample has no influence: the method resamples as it was trained.
struct Options {
  ClipOptions clip{.res_px = 518};
  Mode mode = Mode::kOffline;
  std::int64_t frames_per_call = 0;  ///< Of the encoder; 0: chosen by size.

  void validate() const;  ///< Throws Error(kUsage) naming the option and value.
  /// Every value that changes a pixel, by the option's name.
  [[nodiscard]] Settings settings() const;
  /// Takes values by their names in settings(). @throws Error(kUsage) naming one that there is not,
  /// or of the wrong type.
  void set(const Settings& settings);
};

}  // namespace rollingdepth::vda
