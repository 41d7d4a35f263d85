// `rollingdepth bench` as a user meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "app/refusal.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;
using testing::case_clip;
using ::testing::ElementsAre;
using testing::expect_refused;
using testing::files_below;
using ::testing::HasSubstr;
using testing::lines_of;
using testing::Program;
using testing::ProgramResult;
using testing::Refusal;
using testing::run_program;
using ::testing::SizeIs;
using testing::TemporaryFolder;
using testing::text_of;
using Words = std::vector<std::string>;

/// Two settings of a clip of five frames, twice each, and a reference, all within some seconds.
Words small_bench(Words words) {
  words.insert(words.begin(), {"bench", "-i", case_clip("fast"), "--work-dir", "."});
  words.insert(words.end(), {"--", "--res", "0", "--frames", "5", "--device", "cpu", "--dtype",
                             "fp32", "--threads", "1"});
  return words;
}

const Words kTwoSettings = {"--setting",
                            "rough: --quality ultra_fast",
                            "noisy: --quality ultra_fast --seed 7",
                            "--repeats",
                            "2",
                            "--against",
                            "balanced"};

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(BenchCommand, MeasuresSettingsAndLeavesNothingBehind) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), small_bench(with(kTwoSettings, {"--json", "bench.json"})));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(files_below(folder.path()), ElementsAre(".stderr", ".stdout", "bench.json"));
  EXPECT_THAT(result.out, HasSubstr("medians of 2 runs\nsetting "));
  const json bench = json::parse(text_of(folder / "bench.json"));
  EXPECT_EQ(bench.at("kind"), "bench");
  EXPECT_EQ(bench.at("reference"), "balanced");
  EXPECT_EQ(bench.at("common").at(0), "--res");
  ASSERT_THAT(bench.at("settings"), SizeIs(2));
  const json& noisy = bench.at("settings").at(1);
  EXPECT_EQ(noisy.at("name"), "noisy");
  EXPECT_EQ(noisy.at("frames"), 5);
  EXPECT_EQ(noisy.at("threads"), 1);
  EXPECT_EQ(noisy.at("arguments"), json({"--quality", "ultra_fast", "--seed", "7"}));
  ASSERT_THAT(noisy.at("runs"), SizeIs(2));
  for (const json& run : noisy.at("runs")) {
    EXPECT_GT(run.at("stages").at("snippets"), 0);
    EXPECT_GT(run.at("peak_memory_bytes"), 1e7);
  }
  // Other noise gives other depth; another quality hardly.
  EXPECT_GT(noisy.at("alignment_error"), bench.at("settings").at(0).at("alignment_error"));
}

/// A bench from before with every time of `file` multiplied by `factor`.
void write_scaled(const std::filesystem::path& from, const std::filesystem::path& to,
                  double factor) {
  json bench = json::parse(text_of(from));
  for (json& setting : bench.at("settings")) {
    for (json& run : setting.at("runs")) {
      run.at("seconds") = run.at("seconds").get<double>() * factor;
      for (json& seconds : run.at("stages")) seconds = seconds.get<double>() * factor;
    }
  }
  std::ofstream(to) << bench;
}

TEST(BenchCommand, TellsWhatBecameWorseThanTheBaseline) {
  const TemporaryFolder folder;
  const Words one = {"--qualities", "ultra_fast", "--against", "none", "--repeats", "1"};
  const ProgramResult first =
      run_program(folder.path(), small_bench(with(one, {"--json", "now.json"})));
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_TRUE(json::parse(text_of(folder / "now.json"))
                  .at("settings")
                  .at(0)
                  .at("alignment_error")
                  .is_null());

  write_scaled(folder / "now.json", folder / "fast.json", 0.001);
  const Words against_fast = with(one, {"--baseline", "fast.json"});
  const ProgramResult warned = run_program(folder.path(), small_bench(against_fast));
  EXPECT_EQ(warned.exit_code, 0);
  EXPECT_THAT(warned.out, ::testing::ContainsRegex("ultra_fast +all .*WORSE"));
  EXPECT_THAT(warned.err, HasSubstr("worse than in fast.json"));
  const ProgramResult gated =
      run_program(folder.path(), small_bench(with(against_fast, {"--gate"})));
  EXPECT_EQ(gated.exit_code, 4);

  // Another resolution, or a setting that the baseline lacks, is no measure.
  const ProgramResult other =
      run_program(folder.path(), {"bench", "-i", case_clip("fast"), "--qualities", "ultra_fast",
                                  "--against", "none", "--baseline", "fast.json", "--gate", "--",
                                  "--res", "16", "--device", "cpu"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("the baseline has another set of common options"));
  const ProgramResult unknown = run_program(
      folder.path(), small_bench({"--qualities", "fast", "--baseline", "fast.json", "--gate"}));
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("the baseline has no setting 'fast'"));

  write_scaled(folder / "now.json", folder / "slow.json", 1000);
  const ProgramResult better =
      run_program(folder.path(), small_bench(with(one, {"--baseline", "slow.json", "--gate"})));
  EXPECT_EQ(better.exit_code, 0) << better.err;
  EXPECT_THAT(better.out, ::testing::ContainsRegex("ultra_fast +all .*better"));
}

TEST(BenchCommand, WritesNowhereElse) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "mine");
  std::ofstream(folder / "mine/clip_pred.npy") << "mine";
  const ProgramResult result =
      run_program(folder.path(), {"bench",      "-i",        case_clip("fast"),
                                  "--work-dir", ".",         "--qualities",
                                  "ultra_fast", "--against", "none",
                                  "--repeats",  "1",         "--",
                                  "--res",      "0",         "--frames",
                                  "3",          "--threads", "1",
                                  "--device",   "cpu",       "-o",
                                  "mine"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(text_of(folder / "mine/clip_pred.npy"), "mine");
  EXPECT_THAT(files_below(folder / "mine"), ElementsAre("clip_pred.npy"));
}

TEST(BenchCommand, SaysWhichSettingFailedAndWhy) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(
      folder.path(), small_bench({"--setting", "good: --quality ultra_fast", "bad: -c absent",
                                  "--against", "none", "--json", "bench.json"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("error: bench: setting 'bad': cannot use the checkpoint"));
  EXPECT_THAT(files_below(folder.path()), ElementsAre(".stderr", ".stdout"));
}

TEST(BenchCommand, StopsItsRunsWhenItIsInterrupted) {
  const TemporaryFolder folder;
  Program program(folder.path(), small_bench({"--qualities", "balanced", "--repeats", "1000"}));
  ASSERT_TRUE(program.wait_until([&] { return files_below(folder.path()).size() > 2; }));
  program.send(SIGINT);
  EXPECT_EQ(program.wait(), 130);
  EXPECT_THAT(lines_of(program.err()), ::testing::Contains("rollingdepth: error: interrupted"));
  EXPECT_THAT(files_below(folder.path()), ElementsAre(".stderr", ".stdout"));
}

TEST(BenchCommand, PrintsItsHelp) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(folder.path(), {"bench", "--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("Usage: rollingdepth bench -i CLIP"));
  for (const std::string& line : lines_of(result.out))
    EXPECT_THAT(line, SizeIs(::testing::Le(100)));
}

class BenchRefusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(BenchRefusals, AreOneLineBeforeAnythingRuns) {
  const TemporaryFolder folder;
  std::ofstream(folder / "other.json") << R"({"kind": "comparison", "format": 1})";
  std::ofstream(folder / "text.json") << "no json";
  expect_refused(folder, "bench", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    BenchCommand, BenchRefusals,
    ::testing::Values(
        Refusal{"NoClip", {}, 2, "no clip (give one with -i)"},
        Refusal{"Argument", {"-i", "a.mp4", "--repeats", "2", "b.mp4"}, 2, "'b.mp4'"},
        Refusal{"TwoClips",
                {"-i", "a.mp4", "-i", "b.mp4"},
                2,
                "--input: one at a time, not also 'b.mp4'"},
        Refusal{"SettingWithOpenQuote",
                {"-i", "a.mp4", "--setting", "x: --cmap 'jet"},
                2,
                "--setting 'x: --cmap 'jet': a quote ' is not closed"},
        Refusal{"NoRepeats", {"-i", "a.mp4", "--repeats", "0"}, 2, "--repeats: 0 is not within 1"},
        Refusal{"TooManyRepeats", {"-i", "a.mp4", "--repeats", "1001"}, 2, "within 1 to 1000"},
        Refusal{"JsonNameIsTooLong",
                {"-i", "a.mp4", "--json", std::string(250, 'n')},
                1,
                "its name is 3 bytes too long"},
        Refusal{"UnknownQuality", {"-i", "a.mp4", "--qualities", "best"}, 2, "'best'"},
        Refusal{"SettingWithoutName", {"-i", "a.mp4", "--setting", "no name"}, 2, "a colon"},
        Refusal{"SettingOfNoRun",
                {"-i", "a.mp4", "--setting", "x: --res low"},
                2,
                "setting 'x': --res: 'low'"},
        Refusal{"SettingThatRunsNothing",
                {"-i", "a.mp4", "--setting", "x: --dry-run"},
                2,
                "not the options of a run"},
        Refusal{"SameName",
                {"-i", "a.mp4", "--setting", "x: --seed 1", "x: --seed 2"},
                2,
                "two settings"},
        Refusal{"Both",
                {"-i", "a.mp4", "--setting", "x: --seed 1", "--qualities", "fast"},
                2,
                "exclude each other"},
        Refusal{"GateWithoutBaseline", {"-i", "a.mp4", "--gate"}, 2, "needs --baseline"},
        Refusal{"JsonIsAFolder", {"-i", "a.mp4", "--json", "."}, 2, ". is a folder"},
        Refusal{"BaselineIsAFolder", {"-i", "absent.mp4", "--baseline", "."}, 1, "Is a directory"},
        Refusal{"MissingClip", {"-i", "absent.mp4"}, 1, "absent.mp4"},
        Refusal{
            "MissingBaseline", {"-i", "absent.mp4", "--baseline", "absent.json"}, 1, "absent.json"},
        Refusal{"BaselineOfAnotherKind",
                {"-i", "absent.mp4", "--baseline", "other.json"},
                1,
                "not the JSON of rollingdepth bench"},
        Refusal{"BaselineThatIsNoJson",
                {"-i", "absent.mp4", "--baseline", "text.json"},
                1,
                "not the JSON of rollingdepth bench"}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace rollingdepth
