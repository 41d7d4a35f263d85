#include "live/call_limit.hpp"

#include <algorithm>

#include "media/libav.hpp"

namespace rollingdepth::live {
namespace {

using namespace std::chrono_literals;

constexpr auto kGrace = 500ms;

Clock::time_point end_of(std::optional<Clock::duration> limit) {
  return limit ? Clock::now() + *limit : Clock::time_point::max();
}

}  // namespace

void CallLimit::begin(std::optional<Clock::duration> limit) {
  waits_ = false;
  end_ = end_of(limit);
}

void CallLimit::begin_wait(std::optional<Clock::duration> limit) {
  waits_ = true;
  end_ = end_of(limit);
}

bool CallLimit::over() const {
  const auto now = Clock::now();
  if (now > end_.load()) return true;
  if (!asked_to_stop()) return false;
  auto first = Clock::time_point::max();
  stop_seen_.compare_exchange_strong(first, now);
  return waits_ || now - stop_seen_.load() > kGrace;
}

void CallLimit::pause(Clock::duration time) const {
  constexpr Clock::duration kLook = 20ms;
  const auto end = Clock::now() + time;
  for (auto now = Clock::now(); now < end && !hurried_; now = Clock::now()) {
    const auto step = std::chrono::ceil<std::chrono::milliseconds>(std::min(kLook, end - now));
    if (stop_.wait_for(step)) return;
  }
}

void CallLimit::hurry() { hurried_ = true; }

bool CallLimit::asked_to_stop() const { return hurried_ || stop_.raised(); }

AVIOInterruptCB CallLimit::callback() {
  return {[](void* limit) { return static_cast<const CallLimit*>(limit)->over() ? 1 : 0; }, this};
}

}  // namespace rollingdepth::live
