#include "base/prefetched_source.hpp"

#include <exception>
#include <utility>

#include "base/operation_threads.hpp"
#include "base/trace.hpp"

namespace rollingdepth {

// One of the frames waits outside the queue until there is room in it.
PrefetchedSource::PrefetchedSource(FrameSource& source, std::size_t capacity)
    : source_(source), info_(source.info()), frames_(capacity - 1) {}

PrefetchedSource::~PrefetchedSource() { frames_.stop(); }

std::optional<Frame> PrefetchedSource::next() {
  if (!thread_.joinable()) thread_ = JoiningThread([this] { read_ahead(); });
  return frames_.pop();
}

std::vector<std::string> PrefetchedSource::warnings() const {
  const std::lock_guard lock(mutex_);
  return warnings_;
}

void PrefetchedSource::read_ahead() {
  name_trace_thread("read");
  const OperationThreads serial(1);
  while (true) {
    std::optional<Frame> frame;
    std::exception_ptr failure;
    try {
      const TraceSpan span("read", "read frame");
      frame = source_.next();
    } catch (...) {
      failure = std::current_exception();
    }
    keep_warnings();  // Before the frame can be seen, or the failure.
    if (!frame) return frames_.close(failure);
    if (!frames_.push(*std::move(frame))) return;
  }
}

void PrefetchedSource::keep_warnings() {
  std::vector<std::string> warnings = source_.warnings();
  const std::lock_guard lock(mutex_);
  warnings_ = std::move(warnings);
}

}  // namespace rollingdepth
