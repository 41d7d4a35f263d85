#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

namespace rollingdepth::live {

/// Asks all threads of a live run to come to an end. Thread-safe.
class StopFlag {
 public:
  /// @param also_stops asked as well, where no thread raises the flag, such as
  ///        interrupt_requested(); may be empty. Called by any thread.
  explicit StopFlag(std::function<bool()> also_stops = {}) : also_stops_(std::move(also_stops)) {}
  StopFlag(const StopFlag&) = delete;
  StopFlag& operator=(const StopFlag&) = delete;

  void raise();
  [[nodiscard]] bool raised() const;
  /// Waits for so long, or until it is raised. @return raised().
  bool wait_for(std::chrono::milliseconds time) const;

 private:
  std::function<bool()> also_stops_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool raised_ = false;
};

}  // namespace rollingdepth::live
