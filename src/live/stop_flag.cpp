#include "live/stop_flag.hpp"

#include <algorithm>

namespace rollingdepth::live {

void StopFlag::raise() {
  const std::lock_guard lock(mutex_);
  raised_ = true;
  changed_.notify_all();
}

bool StopFlag::raised() const {
  const std::lock_guard lock(mutex_);
  return raised_ || (also_stops_ && also_stops_());
}

bool StopFlag::wait_for(std::chrono::milliseconds time) const {
  constexpr std::chrono::milliseconds kLook{50};  // For what raises nothing.
  const auto until = std::chrono::steady_clock::now() + time;
  std::unique_lock lock(mutex_);
  while (!raised_ && !(also_stops_ && also_stops_())) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= until) return false;
    changed_.wait_until(lock, std::min(until, now + kLook));
  }
  return true;
}

}  // namespace rollingdepth::live
