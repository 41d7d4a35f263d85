#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>

#include "live/live_frame.hpp"

namespace rollingdepth::live {

/// Hands frames from the thread that captures to the one that computes. Where frames are dropped it
/// holds the newest alone, and put() never waits; else it holds two, and put() waits. Thread-safe.
class FrameMailbox {
 public:
  explicit FrameMailbox(bool drops) : drops_(drops) {}

  /// @return false once stop() was called: no more frames are wanted.
  bool put(LiveFrame frame);
  /// No more frames come. @param why what take() throws after the last one, if anything.
  void close(std::exception_ptr why = nullptr);
  /// Waits for the next frame. @return nothing after the last one, or after stop().
  std::optional<LiveFrame> take();
  /// No more frames are wanted; what waits is dropped.
  void stop();

  [[nodiscard]] std::int64_t received() const;
  [[nodiscard]] std::int64_t dropped() const;
  [[nodiscard]] std::int64_t waiting() const;

 private:
  const bool drops_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<LiveFrame> frames_;
  bool anew_ = false;  // A frame that was dropped began anew.
  bool closed_ = false;
  bool stopped_ = false;
  std::exception_ptr why_;
  std::int64_t received_ = 0;
  std::int64_t dropped_ = 0;
};

}  // namespace rollingdepth::live
