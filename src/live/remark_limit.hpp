#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

#include "live/live_frame.hpp"

namespace rollingdepth::live {

/// Keeps what happens again and again from filling the screen. Not thread-safe.
class RemarkLimit {
 public:
  static constexpr std::size_t kRemarksAMinute = 8;

  /// Of many within a minute only the first ones are told, and the last of them says so.
  /// @return whether `text` is.
  bool takes(std::string& text, Clock::time_point now) {
    while (!told_.empty() && now - told_.front() > std::chrono::minutes(1)) told_.pop_front();
    if (told_.size() >= kRemarksAMinute) return false;
    told_.push_back(now);
    if (told_.size() == kRemarksAMinute) text += " (no more of this for a minute)";
    return true;
  }

 private:
  std::deque<Clock::time_point> told_;  // Within the last minute.
};

}  // namespace rollingdepth::live
