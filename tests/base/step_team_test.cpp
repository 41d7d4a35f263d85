#include "rollingdepth/base/step_team.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "rollingdepth/base/trace.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

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
