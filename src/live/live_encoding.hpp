#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"
#include "write/video_codec.hpp"

namespace rollingdepth::live {

/// Ticks a second of a live video's times.
constexpr int kTicksASecond = 90'000;

/// How a live video is encoded: no picture waits for a later one, and a receiver of little power
/// can follow. H.264 for 8 bits, H.265 for 10, both 4:2:0, BT.709 limited.
/// @param container libav's name.
EncoderSettings live_encoding(FrameSize view, int bits, const std::string& container);

/// `rate`, or 25 a second where the source does not know it.
Rational known_rate(const Rational& rate);

/// The times of a video that begins with the picture that comes first, and which of its pictures
/// are to be key frames: one a second, whatever is dropped between.
class LiveTimes {
 public:
  struct Picture {
    std::int64_t ticks = 0;
    bool is_key = false;
    bool is_earlier = false;  ///< The time since the picture before was shortened.
  };
  LiveTimes() = default;
  /// @param longest_step between two pictures, in ticks: longer ones are shortened to it.
  explicit LiveTimes(std::int64_t longest_step) : longest_step_(longest_step) {}
  /// @param time_us LiveFrame::time_us. @return ticks larger than all before.
  Picture next(std::int64_t time_us);

 private:
  std::int64_t longest_step_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t left_out_ = 0;  // Ticks.
  std::optional<std::int64_t> first_us_;
  std::int64_t last_ticks_ = -1;
  std::int64_t key_ticks_ = 0;
};

}  // namespace rollingdepth::live
