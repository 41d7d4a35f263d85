#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/bounded_queue.hpp"
#include "base/joining_thread.hpp"

namespace rollingdepth {

/// Runs tasks one after the other on a thread of its own, in the order in which they came; at most
/// `capacity` wait. What a task throws is thrown again by every submit() and wait() from then on,
/// and the tasks after it are dropped. The destructor runs what still waits, quietly. Any thread
/// may submit(); one alone waits.
class BackgroundWorker {
 public:
  /// @param name of its thread in a trace.
  explicit BackgroundWorker(std::size_t capacity, const std::string& name = "worker");
  ~BackgroundWorker();
  BackgroundWorker(const BackgroundWorker&) = delete;
  BackgroundWorker& operator=(const BackgroundWorker&) = delete;

  /// Waits while the queue is full. @throws what an earlier task threw.
  void submit(std::function<void()> task);
  /// Waits until everything is done. @throws what a task threw.
  void wait();

 private:
  void run(const std::string& name);

  BoundedQueue<std::function<void()>> tasks_;
  JoiningThread thread_;  // Last: starts once all the rest is there.
};

}  // namespace rollingdepth
