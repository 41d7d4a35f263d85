#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Where an output that shows the clip too gets its colour frames.
struct ColorFrames {
  std::function<std::unique_ptr<FrameSource>()> open;
  std::int64_t start_frame = 0;  ///< Those before it are skipped.
  /// Called before every frame that is skipped: throws where the user asked to stop. May be empty.
  std::function<void()> check_cancelled = {};
};

/// Reads the clip once more, beside its depth. Not thread-safe.
class ColorFrameReader {
 public:
  /// @param output what they are for, in messages.
  ColorFrameReader(ColorFrames frames, std::filesystem::path output)
      : frames_(std::move(frames)), output_(std::move(output)) {}

  /// Opens the clip and skips what comes before its first frame. @throws as next().
  const ClipInfo& begin();
  /// The colours of the next depth map, [3, H, W] uint8. REQUIRES: begun.
  /// @throws Error(kInput) naming the output where the clip ends too early.
  at::Tensor next();

 private:
  ColorFrames frames_;
  std::filesystem::path output_;
  std::unique_ptr<FrameSource> source_;
  std::int64_t read_ = 0;
};

}  // namespace rollingdepth
