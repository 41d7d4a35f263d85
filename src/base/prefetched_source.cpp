#include "base/prefetched_source.hpp"

#include <exception>
#include <utility>

#include "base/operation_threads.hpp"
#include "base/trace.hpp"

namespace rollingdepth {

// One of the frames waits outside the queue until there is room in it.
PrefetchedSource::PrefetchedSource(FrameSource& source, std::size_t capacity)
    : source_(source), info_(source.info()), waiting_(capacity - 1) {}

PrefetchedSource::~PrefetchedSource() {
  if (frames_) frames_->stop();
}

std::optional<Frame> PrefetchedSource::next() {
  if (!kept_.empty()) {
    std::optional<Frame> frame(std::move(kept_.front()));
    kept_.pop_front();
    return frame;
  }
  if (!thread_ && !ended_) {
    frames_.emplace(waiting_);
    thread_.emplace([this] { read_ahead(); });
  }
  return frames_->pop();
}

bool PrefetchedSource::seek(std::int64_t pts) {
  pause();
  return begin_anew(source_.seek(pts));
}

bool PrefetchedSource::rewind() {
  pause();
  return begin_anew(source_.rewind());
}

// Ends the thread, and keeps what it has read: the source may stay where it is.
void PrefetchedSource::pause() {
  if (!thread_) return;
  pausing_ = true;
  try {
    while (std::optional<Frame> frame = frames_->pop()) kept_.push_back(*std::move(frame));
  } catch (...) {
    // Why reading has ended, which next() tells after the frames: the queue throws it each time.
  }
  thread_.reset();
  pausing_ = false;
}

// Forgets what was read ahead where the source was moved.
bool PrefetchedSource::begin_anew(bool moved) {
  if (!moved) return false;
  kept_.clear();
  ended_ = false;
  return true;
}

std::vector<std::string> PrefetchedSource::warnings() const {
  const std::lock_guard lock(mutex_);
  return warnings_;
}

void PrefetchedSource::read_ahead() {
  name_trace_thread("read");
  const OperationThreads serial(1);
  while (!pausing_) {
    std::optional<Frame> frame;
    std::exception_ptr failure;
    try {
      const TraceSpan span("read", "read frame");
      frame = source_.next();
    } catch (...) {
      failure = std::current_exception();
    }
    keep_warnings();  // Before the frame can be seen, or the failure.
    if (!frame) {
      ended_ = true;
      return frames_->close(failure);
    }
    if (!frames_->push(*std::move(frame))) return;
  }
  frames_->close();
}

void PrefetchedSource::keep_warnings() {
  std::vector<std::string> warnings = source_.warnings();
  const std::lock_guard lock(mutex_);
  warnings_ = std::move(warnings);
}

}  // namespace rollingdepth
