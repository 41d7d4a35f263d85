#include "live/target_thread.hpp"

#include <signal.h>

#include <utility>

namespace rollingdepth::live {
namespace {

// Writing to a pipe or socket that nobody reads any more is an error like any other.
void block_broken_pipes() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

TargetThread::TargetThread(const Facts& facts, std::shared_ptr<TargetLedger> ledger,
                           std::unique_ptr<PictureSink> sink, const StopFlag& stop)
    : facts_(facts),
      ledger_(std::move(ledger)),
      sink_(std::move(sink)),
      stop_(stop),
      thread_([this] { run(); }) {}

TargetThread::~TargetThread() {
  sink_->hurry();
  end(End::kAbandon);
}

void TargetThread::put(const SharedPicture& picture) {
  std::unique_lock lock(mutex_);
  if (facts_.overflow == Overflow::kWait) wait_for_room(lock);
  rethrow();
  if (over_ || end_ != End::kNone || stop_.raised()) {
    ledger_->dropped();
    return;
  }
  while (queue_.size() >= facts_.capacity) {
    queue_.pop_front();
    ledger_->dropped();
  }
  queue_.push_back(picture);
  changed_.notify_all();
}

void TargetThread::wait_for_room(std::unique_lock<std::mutex>& lock) {
  constexpr std::chrono::milliseconds kLook{50};  // Nobody tells that the flag is raised.
  while (queue_.size() >= facts_.capacity && !over_ && !stop_.raised()) {
    changed_.wait_for(lock, kLook);
  }
}

void TargetThread::finish() {
  if (facts_.overflow == Overflow::kDropOldest) sink_->hurry();
  end(End::kFinish);
  const std::lock_guard lock(mutex_);
  rethrow();
}

void TargetThread::end(End how) {
  {
    const std::lock_guard lock(mutex_);
    if (end_ == End::kNone) end_ = how;
    changed_.notify_all();
  }
  const JoiningThread joined(std::move(thread_));
}

void TargetThread::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
}

TargetCounts TargetThread::counts() const {
  TargetCounts counts = ledger_->counts();
  const std::lock_guard lock(mutex_);
  counts.waiting = static_cast<std::int64_t>(queue_.size());
  return counts;
}

void TargetThread::run() {
  block_broken_pipes();
  std::exception_ptr failure;
  try {
    feed();
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  over_ = true;
  ledger_->dropped(static_cast<std::int64_t>(queue_.size()));
  queue_.clear();
  changed_.notify_all();
}

void TargetThread::feed() {
  while (sink_->ready()) {
    const SharedPicture picture = next();
    if (!picture) break;
    sink_->write(picture);
  }
  // Nobody gets more before the end: what has come so far is still finished, then.
  std::unique_lock lock(mutex_);
  while (end_ == End::kNone) {
    ledger_->dropped(static_cast<std::int64_t>(queue_.size()));
    queue_.clear();
    changed_.notify_all();
    changed_.wait(lock);
  }
  const bool finishes = end_ == End::kFinish;
  lock.unlock();
  if (finishes) sink_->finish();
}

SharedPicture TargetThread::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !queue_.empty() || end_ != End::kNone; });
  if (queue_.empty() || end_ == End::kAbandon) return nullptr;
  SharedPicture picture = std::move(queue_.front());
  queue_.pop_front();
  changed_.notify_all();
  return picture;
}

}  // namespace rollingdepth::live
