#include "base/prefetched_source.hpp"

#include <utility>

#include "base/serial_operations.hpp"
#include "base/trace.hpp"

namespace rollingdepth {

PrefetchedSource::PrefetchedSource(FrameSource& source, std::size_t capacity)
    : source_(source), info_(source.info()), capacity_(capacity) {}

PrefetchedSource::~PrefetchedSource() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

std::optional<Frame> PrefetchedSource::next() {
  if (!thread_.joinable()) thread_ = JoiningThread([this] { read_ahead(); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !frames_.empty() || ended_; });
  if (frames_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    return std::nullopt;
  }
  Frame frame = std::move(frames_.front());
  frames_.pop_front();
  changed_.notify_all();
  return frame;
}

std::vector<std::string> PrefetchedSource::warnings() const {
  const std::lock_guard lock(mutex_);
  return warnings_;
}

void PrefetchedSource::read_ahead() {
  name_trace_thread("read");
  const SerialOperations serial;
  while (true) {
    std::optional<Frame> frame;
    std::exception_ptr failure;
    try {
      const TraceSpan span("read", "read frame");
      frame = source_.next();
    } catch (...) {
      failure = std::current_exception();
    }
    std::vector<std::string> warnings = source_.warnings();
    std::unique_lock lock(mutex_);
    warnings_ = std::move(warnings);
    if (frame) {
      frames_.push_back(*std::move(frame));
    } else {
      ended_ = true;
      failure_ = failure;
    }
    changed_.notify_all();
    changed_.wait(lock, [&] { return frames_.size() < capacity_ || stopping_ || ended_; });
    if (ended_ || stopping_) return;
  }
}

}  // namespace rollingdepth
