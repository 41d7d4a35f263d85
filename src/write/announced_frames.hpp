#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <utility>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Holds a DepthSink to what begin() was told: that many frames, of that size. Every error is
/// Error(kFailed, "cannot write FILE: …"), a mistake of the caller.
class AnnouncedFrames {
 public:
  explicit AnnouncedFrames(std::filesystem::path file) : file_(std::move(file)) {}

  void begin(const DepthClipInfo& info);
  /// Counts one frame. @throws unless `depth` is float32 [H, W] on CPU of the announced size, and
  /// one of the announced number.
  void count(const at::Tensor& depth);
  /// @throws unless all frames were counted.
  void require_all() const;

  [[nodiscard]] const DepthClipInfo& info() const { return info_; }
  [[nodiscard]] std::int64_t counted() const { return counted_; }

 private:
  [[noreturn]] void fail(const char* why) const;

  std::filesystem::path file_;
  DepthClipInfo info_;
  bool begun_ = false;
  std::int64_t counted_ = 0;
};

}  // namespace rollingdepth
