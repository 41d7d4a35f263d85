#include "base/step_team.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/trace.hpp"

namespace rollingdepth {

StepTeam::StepTeam(std::string name, std::size_t members, std::function<void(std::size_t)> work)
    : name_(std::move(name)),
      work_(std::move(work)),
      errors_(std::max<std::size_t>(members, 1)),
      meeting_(static_cast<std::ptrdiff_t>(errors_.size())) {
  threads_.reserve(errors_.size() - 1);
  try {
    for (std::size_t member = 1; member < errors_.size(); ++member) {
      threads_.emplace_back([this, member] { serve(member); });
    }
  } catch (...) {
    // Those that started wait for the whole team: let them go before they are joined.
    stopping_ = true;
    for (std::size_t absent = threads_.size(); absent < errors_.size(); ++absent) {
      meeting_.arrive_and_drop();
    }
    throw;
  }
}

StepTeam::~StepTeam() {
  stopping_ = true;
  meeting_.arrive_and_wait();
}

void StepTeam::run() {
  meeting_.arrive_and_wait();
  work_as(0);
  meeting_.arrive_and_wait();
  for (std::exception_ptr& error : errors_) {
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
  }
}

void StepTeam::work_as(std::size_t member) noexcept {
  try {
    work_(member);
  } catch (...) {
    errors_[member] = std::current_exception();
  }
}

// Every piece of work lies between two meetings: one to begin it, one to hand it in.
void StepTeam::serve(std::size_t member) {
  name_trace_thread(name_ + " " + std::to_string(member + 1));
  const std::string share = name_ + " share";
  for (;;) {
    meeting_.arrive_and_wait();
    if (stopping_) return;
    {
      const TraceSpan span("batch", share);
      work_as(member);
    }
    meeting_.arrive_and_wait();
  }
}

}  // namespace rollingdepth
