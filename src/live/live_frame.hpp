#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"

namespace rollingdepth::live {

using Clock = std::chrono::steady_clock;

/// What is known of a source once it is open.
struct LiveClip {
  std::string name;  ///< For messages, without passwords: "rtsp://camera/stream".
  FrameSize size;    ///< Of all its frames; as shown.
  Rational frame_rate;
  /// It gives frames at its own pace, whether they are taken or not: what is too old is dropped.
  bool drops = false;
};

/// A picture of a source.
struct LiveFrame {
  at::Tensor rgb;  ///< [3, H, W] uint8 on CPU, of LiveClip::size.
  /// When the source gave it: once it was decoded, or, of a file that is paced, when it was due.
  Clock::time_point captured;
  std::int64_t time_us = 0;  ///< When it is shown, from 0 on, increasing; the source's own clock.
  std::int64_t number = 0;   ///< From 0 on; frames that are dropped later count.
  /// The source was opened again, or begins again: this frame does not follow the one before.
  bool begins_anew = false;
};

/// A frame and its depth, on the way out.
struct LivePicture {
  LiveFrame frame;
  at::Tensor depth;  ///< [h, w] float32 on CPU, as the method gives it.
  /// [h, w] float32 on CPU: 0 for the far end of the display range, 1 for the near one.
  at::Tensor shown;
  /// [h', w', 3] uint8 RGB on CPU, what video targets show; undefined where no target does.
  at::Tensor view = {};
  Clock::time_point handed_out = {};  ///< When the targets got it.
};
using SharedPicture = std::shared_ptr<const LivePicture>;

}  // namespace rollingdepth::live
