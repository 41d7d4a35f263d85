#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>

#include "base/joining_thread.hpp"

namespace rollingdepth {

/// Runs tasks one after the other on a thread of its own, in the order in which they came; at most
/// `capacity` wait. What a task throws is thrown again by the next submit() or wait(), and the
/// tasks after it are dropped. The destructor runs what still waits, quietly. Used from one thread.
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
  void rethrow_failure();

  std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool busy_ = false;
  bool stopping_ = false;
  std::exception_ptr failure_;
  JoiningThread thread_;  // Last: starts once all the rest is there.
};

}  // namespace rollingdepth
