#include "app/bench/bench_result.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

/// One setting whose runs take these seconds, all of them in the stage "align".
BenchResult result_of(const std::vector<double>& seconds, double memory = 1e8) {
  BenchResult result;
  result.clip = "clip.mp4";
  result.repeats = static_cast<int>(seconds.size());
  BenchedSetting setting;
  setting.setting = {"fast", {"--quality", "fast"}};
  setting.alignment_error = 0.001;
  setting.frames = 10;
  setting.threads = 2;
  setting.device = "cpu";
  for (const double value : seconds) {
    setting.runs.push_back({.seconds = value,
                            .frames_per_second = 10 / value,
                            .peak_memory_bytes = memory,
                            .stages = {{"align", value}}});
  }
  result.settings.push_back(setting);
  return result;
}

TEST(BenchedSetting, HasTheMedianOfEveryNumber) {
  const BenchRun odd = result_of({3, 1, 2}).settings[0].median();
  EXPECT_EQ(odd.seconds, 2);
  EXPECT_EQ(odd.frames_per_second, 5);
  EXPECT_THAT(odd.stages, ElementsAre(Pair("align", 2)));
  EXPECT_EQ(result_of({3, 1, 2, 8}).settings[0].median().seconds, 2.5);
}

TEST(BenchResult, IsReadBackFromItsJson) {
  const BenchResult before = result_of({3, 1, 2});
  const BenchResult after = parse_bench_json("old.json", bench_json(before).dump());
  EXPECT_EQ(bench_json(after), bench_json(before));
}

TEST(BenchResult, RefusesJsonThatLacksSomething) {
  nlohmann::ordered_json json = bench_json(result_of({1}));
  json["settings"][0].erase("runs");
  try {
    parse_bench_json("old.json", json.dump());
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_EQ(kind_of(error), ErrorKind::kInput);
    EXPECT_THAT(describe(error), HasSubstr("cannot read old.json: "));
  }
}

int regressions(const BenchResult& before, const BenchResult& after) {
  return compare_with_baseline(before, after).regressions;
}

// The stage is as slow, but only the whole is counted.
TEST(BenchBaseline, IsBrokenWhereEveryRunIsSlowerThanEveryRunBefore) {
  EXPECT_EQ(regressions(result_of({1.0, 1.1, 1.2}), result_of({1.3, 1.4, 1.5})), 1);
  // One of the runs was as fast as one before: noise.
  EXPECT_EQ(regressions(result_of({1.0, 1.1, 1.2}), result_of({1.19, 1.4, 1.5})), 0);
  // Slower without doubt, but by less than 5 %.
  EXPECT_EQ(regressions(result_of({1.0, 1.0, 1.0}), result_of({1.04, 1.04, 1.04})), 0);
  // Too short to mean anything.
  EXPECT_EQ(regressions(result_of({0.001, 0.001}), result_of({0.009, 0.009})), 0);
  EXPECT_EQ(regressions(result_of({2, 2}), result_of({1, 1})), 0);
  EXPECT_EQ(regressions(result_of({1}, 1e8), result_of({1}, 2e8)), 1);
}

TEST(BenchBaseline, ShowsBeforeAfterAndRatio) {
  const BaselineComparison comparison =
      compare_with_baseline(result_of({1, 1, 1}), result_of({2, 2, 2}));
  EXPECT_THAT(comparison.lines,
              Contains(ContainsRegex("^fast +align +1.000 s +2.000 s +2.00 +WORSE$")));
  EXPECT_THAT(comparison.lines,
              Contains(ContainsRegex("^fast +peak memory +100 MB +100 MB +1.00$")));
  EXPECT_THAT(comparison.lines, Not(Contains(HasSubstr("note:"))));
}

TEST(BenchBaseline, SaysWhereItWasMadeOtherwise) {
  BenchResult before = result_of({1});
  before.settings[0].device = "cuda:0";
  before.common = {"--res", "64"};
  const BaselineComparison comparison = compare_with_baseline(before, result_of({1}));
  EXPECT_THAT(
      comparison.lines,
      Contains("note: the baseline has another run of 'fast': 10 frames, cuda:0, 2 threads, "
               "now 10 frames, cpu, 2 threads"));
  EXPECT_THAT(comparison.lines, Contains("note: the baseline has another set of common options: "
                                         "'--res 64', now none"));
  before.settings[0].setting.arguments = {"--quality", "quality"};
  EXPECT_THAT(bench_differences(before, result_of({1})),
              Contains("the baseline has another setting 'fast': '--quality quality', now "
                       "'--quality fast'"));
  before.settings[0].setting.name = "slow";
  EXPECT_THAT(bench_differences(before, result_of({1})),
              Contains("the baseline has no setting 'fast'"));
}

TEST(BenchTable, HasALineForEverySetting) {
  EXPECT_THAT(bench_table(result_of({3, 1, 2})),
              ElementsAre("clip.mp4 · 10 frames, cpu, 2 threads · medians of 3 runs",
                          "setting  seconds  frames/s  peak memory  align",
                          "fast     2.000 s  5.0       100 MB       2.000 s"));
}

// Another number of threads, and a stage that the first setting does not have.
TEST(BenchTable, ShowsWhereSettingsDiffer) {
  BenchResult result = result_of({1});
  result.settings.push_back(result.settings[0]);
  result.settings[1].setting.name = "more";
  result.settings[1].threads = 4;
  result.settings[1].runs[0].stages.emplace_back("refine", 0.5);
  EXPECT_THAT(
      bench_table(result),
      ElementsAre(
          "clip.mp4 · medians of 1 run",
          "setting  seconds  frames/s  peak memory  align    refine   run of",
          "fast     1.000 s  10        100 MB       1.000 s  0.000 s  10 frames, cpu, 2 threads",
          "more     1.000 s  10        100 MB       1.000 s  0.500 s  10 frames, cpu, 4 threads"));
}

}  // namespace
}  // namespace rollingdepth
