#include "base/background_worker.hpp"

#include <exception>
#include <utility>

#include "base/operation_threads.hpp"
#include "base/trace.hpp"

namespace rollingdepth {

BackgroundWorker::BackgroundWorker(std::size_t capacity, const std::string& name)
    : tasks_(capacity), thread_([this, name] { run(name); }) {}

BackgroundWorker::~BackgroundWorker() { tasks_.close(); }

void BackgroundWorker::submit(std::function<void()> task) { tasks_.push(std::move(task)); }

void BackgroundWorker::wait() { tasks_.wait_until_handled(); }

void BackgroundWorker::run(const std::string& name) {
  name_trace_thread(name);
  const OperationThreads serial(1);
  try {
    while (const auto task = tasks_.pop()) (*task)();
  } catch (...) {
    tasks_.stop(std::current_exception());
  }
}

}  // namespace rollingdepth
