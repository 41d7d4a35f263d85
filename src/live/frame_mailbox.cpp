#include "live/frame_mailbox.hpp"

#include <cstddef>
#include <utility>

namespace rollingdepth::live {
namespace {

constexpr std::size_t kMostWaiting = 2;

}  // namespace

bool FrameMailbox::put(LiveFrame frame) {
  std::unique_lock lock(mutex_);
  if (drops_) {
    for (const LiveFrame& old : frames_) anew_ = anew_ || old.begins_anew;
    dropped_ += std::ssize(frames_);
    frames_.clear();
  }
  changed_.wait(lock, [&] { return stopped_ || frames_.size() < kMostWaiting; });
  if (stopped_) return false;
  ++received_;
  frame.begins_anew = std::exchange(anew_, false) || frame.begins_anew;
  frames_.push_back(std::move(frame));
  changed_.notify_all();
  return true;
}

void FrameMailbox::close(std::exception_ptr why) {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  why_ = std::move(why);
  changed_.notify_all();
}

std::optional<LiveFrame> FrameMailbox::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopped_ || closed_ || !frames_.empty(); });
  if (stopped_) return std::nullopt;
  if (frames_.empty()) {
    if (why_) std::rethrow_exception(why_);
    return std::nullopt;
  }
  LiveFrame frame = std::move(frames_.front());
  frames_.pop_front();
  changed_.notify_all();
  return frame;
}

void FrameMailbox::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  frames_.clear();
  changed_.notify_all();
}

std::int64_t FrameMailbox::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::int64_t FrameMailbox::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

std::int64_t FrameMailbox::waiting() const {
  const std::lock_guard lock(mutex_);
  return std::ssize(frames_);
}

}  // namespace rollingdepth::live
