#pragma once

#include <barrier>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "base/joining_thread.hpp"

namespace rollingdepth {

/// Threads that carry out one short piece of work together, over and over: starting threads for
/// every step of a fit would cost more than the step, and OpenMP threads that wait for each other
/// keep the cores from everybody else. The caller is member 0. Not thread-safe.
class StepTeam {
 public:
  /// @param name    of the work, for traces: "align".
  /// @param members >= 1; 1 starts no thread.
  /// @param work    called with the member's number, in every member's thread.
  StepTeam(std::string name, std::size_t members, std::function<void(std::size_t)> work);
  ~StepTeam();
  StepTeam(const StepTeam&) = delete;
  StepTeam& operator=(const StepTeam&) = delete;

  /// Runs the work once in every member; returns when all are done. Rethrows what a member threw.
  void run();

 private:
  void work_as(std::size_t member) noexcept;
  void serve(std::size_t member);

  std::string name_;
  std::function<void(std::size_t)> work_;
  std::vector<std::exception_ptr> errors_;
  std::barrier<> meeting_;
  bool stopping_ = false;
  std::vector<JoiningThread> threads_;
};

}  // namespace rollingdepth
