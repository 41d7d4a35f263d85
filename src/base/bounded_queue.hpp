#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace rollingdepth {

/// Hands values from one thread to another in their order; at most `capacity` wait. Either side can
/// end it: who pushes with close(), who pops with stop(), each with the exception that the other
/// side is to meet. Thread-safe.
template <class T>
class BoundedQueue {
 public:
  /// @param capacity >= 1.
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  /// Waits while the queue is full. @return whether the value was taken: false once it has ended.
  /// @throws what stop() was given.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return values_.size() < capacity_ || closed_ || stopped_; });
    rethrow(why_stopped_);
    if (closed_ || stopped_) return false;
    values_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }

  /// Waits while the queue is empty. @return nothing once it has ended and all before is popped.
  /// @throws what close() was given, then.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    idle_ = true;
    changed_.notify_all();  // wait_until_handled() may be over.
    changed_.wait(lock, [&] { return !values_.empty() || closed_ || stopped_; });
    if (values_.empty()) {
      rethrow(why_closed_);
      return std::nullopt;
    }
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    idle_ = false;
    changed_.notify_all();
    return value;
  }

  /// No more values come: those that wait can still be popped.
  /// @param why what the next pop() after them throws, if anything.
  void close(std::exception_ptr why = nullptr) {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    why_closed_ = std::move(why);
    changed_.notify_all();
  }

  /// No more values are wanted: those that wait are dropped.
  /// @param why what push() and wait_until_handled() throw from now on, if anything.
  void stop(std::exception_ptr why = nullptr) {
    std::deque<T> dropped;  // Destroyed without the lock: that may take long.
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    why_stopped_ = std::move(why);
    dropped.swap(values_);
    changed_.notify_all();
  }

  /// Waits until all that was pushed is popped, and the one thread that pops has asked for more or
  /// called stop(). @throws what stop() was given.
  void wait_until_handled() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return (values_.empty() && idle_) || stopped_; });
    rethrow(why_stopped_);
  }

 private:
  static void rethrow(const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  }

  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
  bool idle_ = false;  // What was popped last is done with: pop() was called again.
  bool closed_ = false;
  bool stopped_ = false;
  std::exception_ptr why_closed_;
  std::exception_ptr why_stopped_;
};

}  // namespace rollingdepth
