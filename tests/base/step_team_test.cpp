#include "base/step_team.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/trace.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::Each;

constexpr std::size_t kThreads = 4;

// Every member writes its own number, which the caller then reads without a lock: all are done.
TEST(StepTeam, RunsTheWorkOnceInEveryMemberAndWaits) {
  std::vector<int> runs(kThreads, 0);
  std::vector<std::thread::id> threads(kThreads);
  StepTeam team("align", kThreads, [&](std::size_t member) {
    ++runs[member];
    threads[member] = std::this_thread::get_id();
  });
  for (int round = 1; round <= 50; ++round) {
    team.run();
    EXPECT_THAT(runs, Each(round));
  }
  EXPECT_EQ(threads[0], std::this_thread::get_id()) << "the caller is member 0";
  EXPECT_EQ(std::set<std::thread::id>(threads.begin(), threads.end()).size(), kThreads);
}

TEST(StepTeam, RethrowsWhatAMemberThrowsOnceAllAreDoneAndGoesOn) {
  for (std::size_t failing = 0; failing < kThreads; ++failing) {
    std::atomic<int> done = 0;
    bool fails = true;
    StepTeam team("align", kThreads, [&](std::size_t member) {
      if (fails && member == failing) throw std::runtime_error("member " + std::to_string(member));
      ++done;
    });
    try {
      team.run();
      FAIL() << "nothing thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), "member " + std::to_string(failing));
    }
    EXPECT_EQ(done, kThreads - 1);
    fails = false;
    team.run();
    EXPECT_EQ(done, 2 * kThreads - 1);
  }
}

TEST(StepTeam, OfOneIsTheCaller) {
  for (const std::size_t members : {0, 1}) {
    int runs = 0;
    StepTeam team("align", members, [&](std::size_t member) {
      EXPECT_EQ(member, 0U);
      ++runs;
    });
    team.run();
    EXPECT_EQ(runs, 1);
  }
}

TEST(StepTeam, MayGoWithoutEverRunning) {
  std::atomic<int> runs = 0;
  {
    StepTeam team("align", kThreads, [&](std::size_t) { ++runs; });
  }
  EXPECT_EQ(runs, 0);
}

// Three teams, one after the other, as the rounds of a fit start them.
TEST(StepTeam, ShowsTheSharesOfItsThreadsInATrace) {
  constexpr std::size_t kMembers = 3, kTeams = 3;
  TraceRecorder recorder;
  for (std::size_t i = 0; i < kTeams; ++i) {
    StepTeam team("align", kMembers, [](std::size_t) {});
    team.run();
  }
  const testing::TemporaryFolder folder;
  recorder.write(folder / "trace.json");
  std::ifstream stream(folder / "trace.json");
  std::map<int, std::string> threads;
  std::map<std::string, std::size_t> shares;
  const auto trace = nlohmann::json::parse(stream);
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] == "M") threads[event["tid"]] = event["args"]["name"];
    if (event["ph"] == "X") {
      EXPECT_EQ(event["name"], "align share");
      ++shares[threads.at(event["tid"])];
    }
  }
  EXPECT_EQ(threads.size(), kMembers - 1) << "a row for each number, not for each thread";
  EXPECT_EQ(shares, (std::map<std::string, std::size_t>{{"align 2", kTeams}, {"align 3", kTeams}}));
}

}  // namespace
}  // namespace rollingdepth
