#include "base/background_worker.hpp"

#include <utility>

#include "base/serial_operations.hpp"
#include "base/trace.hpp"

namespace rollingdepth {

BackgroundWorker::BackgroundWorker(std::size_t capacity, const std::string& name)
    : capacity_(capacity), thread_([this, name] { run(name); }) {}

BackgroundWorker::~BackgroundWorker() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void BackgroundWorker::rethrow_failure() {
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void BackgroundWorker::submit(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return tasks_.size() < capacity_ || failure_; });
  rethrow_failure();
  tasks_.push_back(std::move(task));
  changed_.notify_all();
}

void BackgroundWorker::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return (tasks_.empty() && !busy_) || failure_; });
  rethrow_failure();
}

void BackgroundWorker::run(const std::string& name) {
  name_trace_thread(name);
  const SerialOperations serial;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return !tasks_.empty() || stopping_; });
    if (tasks_.empty()) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    busy_ = true;
    lock.unlock();
    std::exception_ptr failure;
    try {
      task();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    busy_ = false;
    if (failure) {
      failure_ = failure;
      tasks_.clear();
    }
    changed_.notify_all();
  }
}

}  // namespace rollingdepth
