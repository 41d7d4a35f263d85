#include "base/crew.hpp"

#include <c10/core/InferenceMode.h>

#include <chrono>
#include <utility>

#include "base/operation_threads.hpp"
#include "base/trace.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using std::chrono::steady_clock;

// How often a thread that waits looks whether it was interrupted.
constexpr std::chrono::milliseconds kLook{100};

bool is_out_of_memory(const std::exception& error) {
  return kind_of(error) == ErrorKind::kDevice && retry_of(error) == Retry::kLater;
}

}  // namespace

Crew::Crew(std::vector<CrewMember> members)
    : members_(std::move(members)), present_(members_.size()), shares_(members_.size()) {
  if (works_alone()) return;
  threads_.reserve(members_.size());
  try {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      threads_.emplace_back([this, i] { serve(i); });
    }
  } catch (...) {
    close();  // Those that were started are waited for, and would wait for tasks.
    throw;
  }
}

Crew::~Crew() { close(); }

void Crew::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

std::vector<Crew::Share> Crew::shares() const {
  const std::lock_guard lock(mutex_);
  return shares_;
}

std::vector<std::string> Crew::take_warnings() {
  const std::lock_guard lock(mutex_);
  return std::exchange(warnings_, {});
}

void Crew::serve(std::size_t member) {
  name_trace_thread(members_[member].name);
  const OperationThreads threads(members_[member].threads);
  const c10::InferenceMode inference;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return !waiting_.empty() || closed_; });
    if (closed_) return;
    const Order order = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    changed_.notify_all();
    lock.unlock();
    std::exception_ptr failure;
    try {
      carry_out(member, order);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    --running_;
    ++finished_;
    const bool leaves = failure && leave(member, failure);
    if (leaves) {
      waiting_.push_front(order);
    } else if (failure && !failure_) {
      failure_ = failure;  // The first; what fails after it fails because of it.
      waiting_.clear();
    }
    changed_.notify_all();
    if (leaves) return;
  }
}

void Crew::carry_out(std::size_t member, const Order& order) {
  const auto begin = steady_clock::now();
  order.task(member);
  const std::lock_guard lock(mutex_);
  ++shares_[member].tasks;
  shares_[member].seconds += std::chrono::duration<double>(steady_clock::now() - begin).count();
  done_ += order.units;
}

bool Crew::leave(std::size_t member, const std::exception_ptr& why) {
  if (present_ == 1 || failure_) return false;
  try {
    std::rethrow_exception(why);
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) return false;
    warnings_.push_back(members_[member].name + " is left out: " + describe(error) +
                        "; the others go on");
  } catch (...) {
    return false;
  }
  --present_;
  return true;
}

CrewTasks::CrewTasks(Crew& crew, Progress& progress, std::int64_t done)
    : crew_(crew), progress_(progress) {
  crew_.done_ = done;
  crew_.failure_ = nullptr;
}

CrewTasks::~CrewTasks() {
  std::unique_lock lock(crew_.mutex_);
  std::deque<Crew::Order> dropped;  // Destroyed without the lock.
  dropped.swap(crew_.waiting_);
  // Once more: a member that leaves gives its task back.
  crew_.changed_.wait(lock, [&] { return crew_.running_ == 0; });
  crew_.waiting_.clear();
  lock.unlock();
}

void CrewTasks::submit(std::int64_t units, Crew::Task task) {
  if (crew_.works_alone()) {
    progress_.check_cancelled();
    crew_.carry_out(0, {.units = units, .task = std::move(task)});
    ++crew_.finished_;
    tell();
    return;
  }
  std::unique_lock lock(crew_.mutex_);
  wait_for(lock, [&] { return crew_.waiting_.size() < crew_.members_.size(); });
  crew_.waiting_.push_back({.units = units, .task = std::move(task)});
  crew_.changed_.notify_all();
}

void CrewTasks::skip(std::int64_t units) {
  {
    const std::lock_guard lock(crew_.mutex_);
    crew_.done_ += units;
  }
  tell();
}

void CrewTasks::wait_until(const std::function<bool()>& condition) {
  std::unique_lock lock(crew_.mutex_);
  for (;;) {
    const std::int64_t finished = crew_.finished_;
    lock.unlock();  // What it asks may be guarded by a mutex of its own.
    if (condition()) return;
    lock.lock();
    wait_for(lock, [&] { return crew_.finished_ != finished; });
  }
}

void CrewTasks::finish() {
  {
    std::unique_lock lock(crew_.mutex_);
    wait_for(lock, [&] { return crew_.waiting_.empty() && crew_.running_ == 0; });
  }
  tell();
}

void CrewTasks::tell() {
  std::int64_t done = 0;
  {
    const std::lock_guard lock(crew_.mutex_);
    done = crew_.done_;
  }
  progress_.advance(done);
  for (const std::string& warning : crew_.take_warnings()) progress_.warn(warning);
}

void CrewTasks::wait_for(std::unique_lock<std::mutex>& lock,
                         const std::function<bool()>& condition) {
  for (;;) {
    const bool holds = crew_.changed_.wait_for(
        lock, kLook, [&] { return crew_.failure_ != nullptr || condition(); });
    if (crew_.failure_) std::rethrow_exception(crew_.failure_);
    lock.unlock();
    progress_.check_cancelled();
    tell();
    lock.lock();
    if (holds && condition()) return;
  }
}

}  // namespace rollingdepth
