#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/joining_thread.hpp"
#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// One of those who work side by side.
struct CrewMember {
  std::string name;  ///< For traces and messages: "worker 1 (cuda:0)".
  int threads = 1;   ///< That LibTorch may use inside an operation.
};

/// Those who carry out the tasks of a run, each in a thread of its own, which sleeps while there is
/// nothing to do. One member alone works in the thread that hands out the tasks, with its threads.
/// A member whose device runs out of memory leaves while others are there, and another one does its
/// task again. Tasks are handed out by CrewTasks, one set at a time, from one thread.
class Crew {
 public:
  /// Carries out a task as the member of that number; may be called again by another member.
  using Task = std::function<void(std::size_t member)>;
  /// What a member has done.
  struct Share {
    std::int64_t tasks = 0;
    double seconds = 0;  ///< In them.
  };

  /// @param members one at least. @throws std::system_error where a thread cannot be started.
  explicit Crew(std::vector<CrewMember> members);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  [[nodiscard]] const std::vector<CrewMember>& members() const { return members_; }
  [[nodiscard]] std::vector<Share> shares() const;
  /// Why members have left, since the last call.
  std::vector<std::string> take_warnings();

 private:
  friend class CrewTasks;
  struct Order {
    std::int64_t units = 0;
    Task task;
  };

  [[nodiscard]] bool works_alone() const { return members_.size() == 1; }
  void close();
  void serve(std::size_t member);
  void carry_out(std::size_t member, const Order& order);
  // Whether the member left. REQUIRES: mutex_ is held.
  bool leave(std::size_t member, const std::exception_ptr& why);

  std::vector<CrewMember> members_;
  mutable std::mutex mutex_;  // Of what follows.
  std::condition_variable changed_;
  std::deque<Order> waiting_;
  std::size_t running_ = 0;
  std::size_t present_;
  std::int64_t done_ = 0;      // Units of the present tasks,
  std::int64_t finished_ = 0;  // and tasks of all times.
  std::exception_ptr failure_;
  bool closed_ = false;
  std::vector<Share> shares_;
  std::vector<std::string> warnings_;
  std::vector<JoiningThread> threads_;  // Last: they use all the rest.
};

/// The tasks of a stage. Where it goes out of scope, tasks that have not begun are dropped, and
/// those that run are waited for: what they borrow must outlive it. Progress is told by, and
/// cancelling noticed in, the thread that calls. Not thread-safe.
class CrewTasks {
 public:
  /// @param done units of the stage that are done already.
  CrewTasks(Crew& crew, Progress& progress, std::int64_t done = 0);
  ~CrewTasks();
  CrewTasks(const CrewTasks&) = delete;
  CrewTasks& operator=(const CrewTasks&) = delete;

  /// Waits while as many tasks wait as there are members; tasks begin in their order.
  /// @param units that it counts for. @throws what a task threw; Cancelled.
  void submit(std::int64_t units, Crew::Task task);
  /// Counts units for which there is nothing to do.
  void skip(std::int64_t units);
  /// Returns once `condition` holds, which tasks bring about; asked again whenever one is finished.
  /// @throws as submit().
  void wait_until(const std::function<bool()>& condition);
  /// Waits for all tasks. @throws as submit().
  void finish();

 private:
  void tell();
  // Waits until `condition`, of what the crew's mutex guards, holds.
  void wait_for(std::unique_lock<std::mutex>& lock, const std::function<bool()>& condition);

  Crew& crew_;
  Progress& progress_;
};

}  // namespace rollingdepth
