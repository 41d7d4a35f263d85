#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "live/live_frame.hpp"
#include "live/stop_flag.hpp"

struct AVIOInterruptCB;

namespace rollingdepth::live {

/// How long what a target does may take. One thread begins and waits; hurry() from any.
class CallLimit {
 public:
  /// @param stop borrowed.
  explicit CallLimit(const StopFlag& stop) : stop_(stop) {}
  CallLimit(const CallLimit&) = delete;
  CallLimit& operator=(const CallLimit&) = delete;

  /// What follows serves somebody: it may take so long, and half a second more once asked to stop.
  void begin(std::optional<Clock::duration> limit);
  /// What follows waits for a receiver: it may take so long, and ends once asked to stop.
  void begin_wait(std::optional<Clock::duration> limit);
  /// Whether the time is over. Any thread.
  [[nodiscard]] bool over() const;
  /// Waits for so long, or until asked to stop.
  void pause(Clock::duration time) const;

  /// Asks to stop, as the flag does.
  void hurry();
  /// Whether somebody has asked.
  [[nodiscard]] bool asked_to_stop() const;
  /// over(), for libav.
  [[nodiscard]] AVIOInterruptCB callback();

 private:
  const StopFlag& stop_;
  std::atomic<bool> hurried_ = false;
  std::atomic<bool> waits_ = false;
  std::atomic<Clock::time_point> end_ = Clock::time_point::max();
  /// When the asking was first seen.
  mutable std::atomic<Clock::time_point> stop_seen_ = Clock::time_point::max();
};

}  // namespace rollingdepth::live
