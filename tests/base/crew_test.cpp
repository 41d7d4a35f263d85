#include "base/crew.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"
#include "solo_crew.hpp"
#include "stopping_progress.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using testing::members;
using testing::StoppingProgress;

Error out_of_memory_error() { return Error(ErrorKind::kDevice, "out of memory", Retry::kLater); }

TEST(Crew, OneMemberWorksInTheCallersThread) {
  testing::SoloCrew solo;
  std::thread::id worked;
  solo.tasks.submit(1, [&](std::size_t) { worked = std::this_thread::get_id(); });
  EXPECT_EQ(worked, std::this_thread::get_id());
}

TEST(Crew, CarriesOutEveryTaskOnce) {
  for (const std::size_t count : {1, 2, 5}) {
    Crew crew(members(count));
    StoppingProgress progress;
    std::vector<std::atomic<int>> times(100);
    CrewTasks tasks(crew, progress, /*done=*/7);
    for (std::size_t i = 0; i < times.size(); ++i) {
      tasks.submit(2, [&times, i, count](std::size_t member) {
        EXPECT_LT(member, count);
        ++times[i];
      });
    }
    tasks.skip(3);
    tasks.finish();
    for (const auto& each : times) EXPECT_EQ(each, 1);
    EXPECT_EQ(progress.told, 7 + 200 + 3);
    std::int64_t all = 0;
    for (const Crew::Share& share : crew.shares()) all += share.tasks;
    EXPECT_EQ(all, 100);
  }
}

// Each of two tasks waits for the other.
TEST(Crew, MembersWorkSideBySide) {
  Crew crew(members(2));
  SilentProgress progress;
  std::atomic<int> there = 0;
  CrewTasks tasks(crew, progress);
  for (int i = 0; i < 2; ++i) {
    tasks.submit(1, [&](std::size_t) {
      ++there;
      while (there < 2) std::this_thread::yield();
    });
  }
  tasks.finish();
  EXPECT_EQ(there, 2);
}

TEST(Crew, WaitsForWhatTasksBringAbout) {
  Crew crew(members(2));
  SilentProgress progress;
  std::atomic<bool> there = false;
  CrewTasks tasks(crew, progress);
  tasks.submit(0, [&](std::size_t) { there = true; });
  tasks.wait_until([&] { return there.load(); });
  EXPECT_TRUE(there);
}

TEST(Crew, TellsTheFirstFailureAndDropsWhatFollows) {
  Crew crew(members(2));
  SilentProgress progress;
  std::atomic<int> after = 0;
  const auto run = [&] {
    CrewTasks tasks(crew, progress);
    tasks.submit(1, [](std::size_t) { throw Error(ErrorKind::kFailed, "not finite"); });
    for (int i = 0; i < 1000; ++i) tasks.submit(1, [&](std::size_t) { ++after; });
    tasks.finish();
  };
  EXPECT_EQ(testing::message_of(ErrorKind::kFailed, run), "not finite");
  EXPECT_LT(after, 1000);
  // The next tasks know nothing of it.
  CrewTasks tasks(crew, progress);
  std::atomic<bool> done = false;
  tasks.submit(1, [&](std::size_t) { done = true; });
  tasks.finish();
  EXPECT_TRUE(done);
}

TEST(Crew, GoesOnWithoutAMemberThatRunsOutOfMemory) {
  Crew crew(members(3));
  StoppingProgress progress;
  std::atomic<int> done = 0;
  CrewTasks tasks(crew, progress);
  for (int i = 0; i < 20; ++i) {
    tasks.submit(1, [&](std::size_t member) {
      if (member != 1) {
        // Leaves tasks for the one that fails.
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        ++done;
        return;
      }
      throw out_of_memory_error();
    });
  }
  tasks.finish();
  EXPECT_EQ(done, 20);
  EXPECT_EQ(crew.shares()[1].tasks, 0);
  EXPECT_THAT(progress.warnings,
              ElementsAre("worker 1 is left out: out of memory; the others go on"));
}

TEST(Crew, FailsWhereTheLastMemberRunsOutOfMemory) {
  Crew crew(members(2));
  SilentProgress progress;
  const auto run = [&] {
    CrewTasks tasks(crew, progress);
    for (int i = 0; i < 9; ++i) tasks.submit(1, [](std::size_t) { throw out_of_memory_error(); });
    tasks.finish();
  };
  EXPECT_EQ(testing::message_of(ErrorKind::kDevice, run), "out of memory");
}

TEST(Crew, StopsWhereTheUserAsksToAndWaitsForWhatRuns) {
  for (const std::size_t count : {1, 2}) {
    Crew crew(members(count));
    StoppingProgress progress(/*checks_left=*/3);
    std::atomic<int> running = 0;
    std::atomic<int> done = 0;
    const auto run = [&] {
      CrewTasks tasks(crew, progress);
      for (int i = 0; i < 1000; ++i) {
        tasks.submit(1, [&](std::size_t) {
          ++running;
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
          ++done;
          --running;
        });
      }
      tasks.finish();
    };
    EXPECT_THROW(run(), Cancelled);
    EXPECT_EQ(running, 0);
    EXPECT_LT(done, 1000);
  }
}

}  // namespace
}  // namespace rollingdepth
