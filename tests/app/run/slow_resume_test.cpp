// The tests of resume_test.cpp at four times as many moments, drawn at random from a fixed seed.
#include <gmock/gmock.h>

#include <random>

#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

using testing::long_run;
using testing::MeasuredRun;
using testing::outputs_in;
using testing::ProgramResult;
using testing::RunKind;
using testing::TemporaryFolder;

class RandomlyStoppedRuns : public ::testing::TestWithParam<RunKind> {
 protected:
  // Between 0 and 1; written out, because the library's distributions differ.
  double draw() { return static_cast<double>(random_()) / 4294967296.0; }

  void expect_the_same_from(const std::filesystem::path& folder) {
    const ProgramResult result = run_.run_to_the_end(folder);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    ASSERT_EQ(outputs_in(folder), run_.expected()) << result.err;
    went_on_ += result.err.find("goes on where") != std::string::npos ? 1 : 0;
  }

  std::mt19937 random_{20'000};
  MeasuredRun run_ = MeasuredRun(long_run(GetParam().options, "40"));
  int went_on_ = 0;
};

TEST_P(RandomlyStoppedRuns, GiveTheSameBytesWheneverTheyAreKilled) {
  for (int i = 0; i < 20; ++i) {
    SCOPED_TRACE(i);
    const TemporaryFolder folder;
    run_.run_a_while(folder.path(), draw());
    expect_the_same_from(folder.path());
  }
  EXPECT_GT(went_on_, 0);
}

TEST_P(RandomlyStoppedRuns, GiveTheSameBytesAfterManyKillsInARow) {
  for (int i = 0; i < 4; ++i) {
    SCOPED_TRACE(i);
    const TemporaryFolder folder;
    for (int kills = 0; kills < 5; ++kills) run_.run_a_while(folder.path(), 0.3 * draw());
    expect_the_same_from(folder.path());
  }
}

INSTANTIATE_TEST_SUITE_P(Program, RandomlyStoppedRuns, ::testing::ValuesIn(testing::run_kinds()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace rollingdepth
