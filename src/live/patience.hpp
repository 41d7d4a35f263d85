#pragma once

#include <chrono>

#include "live/live_frame.hpp"
#include "live/stop_flag.hpp"
#include "media/libav.hpp"

namespace rollingdepth::live {

/// How long a source waits without a picture until it counts as lost.
inline constexpr std::chrono::seconds kMostPatience{10};

/// Ends libav's waiting: once the run is to stop, or where a source has given nothing for too long.
/// Not thread-safe.
class Patience {
 public:
  /// @param stop borrowed. @param limited whether it ends after kMostPatience as well.
  Patience(const StopFlag& stop, bool limited)
      : stop_(stop), limited_(limited), until_(Clock::now() + kMostPatience) {}
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  /// Something came, or is waited for from now on.
  void begin_anew() { until_ = Clock::now() + kMostPatience; }
  /// Adds time that was spent on what does not count.
  void lengthen(Clock::duration time) { until_ += time; }
  [[nodiscard]] bool stopped() const { return stop_.raised(); }
  [[nodiscard]] bool over() const { return stop_.raised() || (limited_ && Clock::now() >= until_); }
  /// Sleeps, no longer than until the flag is raised.
  void sleep(std::chrono::milliseconds time) const { stop_.wait_for(time); }
  /// For AVFormatContext. Borrows this.
  [[nodiscard]] AVIOInterruptCB interrupt() {
    return {[](void* self) { return static_cast<const Patience*>(self)->over() ? 1 : 0; }, this};
  }

 private:
  const StopFlag& stop_;
  bool limited_;
  Clock::time_point until_;
};

}  // namespace rollingdepth::live
