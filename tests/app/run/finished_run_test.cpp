// Outputs that are there already: kept, refused or replaced.
#include <gmock/gmock.h>

#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::case_clip;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::job_in;
using testing::joined;
using testing::kill_run;
using testing::lines_of;
using ::testing::Not;
using testing::outputs_in;
using testing::outputs_of;
using testing::Program;
using testing::ProgramResult;
using testing::run_program;
using testing::small_run;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Words;

// An output folder that holds the finished outputs of a clip.
class FinishedRun : public ::testing::Test {
 protected:
  void SetUp() override {
    const ProgramResult result = run(arguments_);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    finished_ = outputs_in(folder_.path());
    report_ = text_of(folder_ / "output/clip_report.json");
  }

  ProgramResult run(const Words& arguments) { return run_program(folder_.path(), arguments); }

  void expect_nothing_changed() {
    EXPECT_EQ(outputs_in(folder_.path()), finished_);
    EXPECT_EQ(text_of(folder_ / "output/clip_report.json"), report_);
  }

  void expect_refused(const Words& arguments, const std::string& why) {
    const ProgramResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(lines_of(result.err), Contains(AllOf(StartsWith("rollingdepth: error: "),
                                                     HasSubstr(why), HasSubstr("--overwrite"))));
  }

  Words arguments_ = small_run({"-i", case_clip("fast")});
  TemporaryFolder folder_;
  std::map<std::string, std::size_t> finished_;
  std::string report_;
};

TEST_F(FinishedRun, IsSkippedWithTheSameSettings) {
  const ProgramResult again = run(arguments_);
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("clip.mp4 · skipped: its outputs are in output"));
  expect_nothing_changed();
}

TEST_F(FinishedRun, IsNotReplacedWithOtherSettingsUnlessToldTo) {
  const Words other = joined(arguments_, {"--seed", "7", "--dilations", "1", "2"});
  expect_refused(other,
                 "output/clip_report.json exists, from a run with other settings: "
                 "--dilations 1 2, before 1 25; --seed 7, before 42");
  expect_nothing_changed();
  EXPECT_EQ(run(joined(other, {"--overwrite"})).exit_code, 0);
  EXPECT_NE(outputs_in(folder_.path()), finished_);
  EXPECT_EQ(outputs_in(folder_.path()), outputs_of(other));
}

// The side by side does not name its colour map.
TEST_F(FinishedRun, IsNotReplacedWithAnotherColourMap) {
  expect_refused(joined(arguments_, {"--cmap", "viridis"}),
                 "first --cmap, of the side by side viridis, before Spectral_r");
  expect_nothing_changed();
  EXPECT_EQ(run(joined(arguments_, {"--cmap", "viridis", "--no-save-sbs"})).exit_code, 0);
  finished_["clip_viridis.mp4"] = outputs_in(folder_.path())["clip_viridis.mp4"];
  EXPECT_EQ(outputs_in(folder_.path()), finished_);
}

// What one machine of a cluster has finished the others do not begin.
TEST_F(FinishedRun, IsSkippedByOtherKernelsOfTheProcessor) {
  ::setenv("ATEN_CPU_CAPABILITY", "default", 1);
  const ProgramResult again = run(arguments_);
  ::unsetenv("ATEN_CPU_CAPABILITY");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("skipped"));
  expect_nothing_changed();
}

TEST_F(FinishedRun, IsNotReplacedWithoutAReport) {
  fs::remove(folder_ / "output/clip_report.json");
  expect_refused(arguments_, "output/clip_pred.npy exists, and no report says how it was made");
  EXPECT_EQ(outputs_in(folder_.path()), finished_);
}

TEST_F(FinishedRun, IsNotReplacedWhereItsReportCannotBeRead) {
  for (const char* report : {"", "{", "[1]", "{}", R"({"identity": 3})", R"({"identity": null})"}) {
    std::ofstream(folder_ / "output/clip_report.json", std::ios::trunc) << report;
    expect_refused(arguments_, "does not say how its outputs were made");
    EXPECT_EQ(outputs_in(folder_.path()), finished_);
  }
}

TEST_F(FinishedRun, FailsAloneAmongOthersThatCanRun) {
  fs::copy(case_clip("pairs"), folder_ / "other.mp4");
  const ProgramResult result =
      run(small_run({"-i", case_clip("fast"), "other.mp4", "--seed", "7"}));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("2 inputs: 1 done, 0 skipped, 1 failed"));
  EXPECT_TRUE(fs::exists(folder_ / "output/other_report.json"));
  EXPECT_EQ(text_of(folder_ / "output/clip_report.json"), report_);
}

TEST_F(FinishedRun, IsCompletedWhereAnOutputIsMissing) {
  fs::remove(folder_ / "output/clip_rgbd.mp4");
  EXPECT_EQ(run(arguments_).exit_code, 0);
  EXPECT_EQ(outputs_in(folder_.path()), finished_);
}

// Killed between its report and the removal of its job.
TEST_F(FinishedRun, TakesTheJobAwayThatWasLeftBehind) {
  const TemporaryFolder stopped;
  kill_run(stopped.path(), arguments_);
  fs::copy(job_in(stopped.path()), job_in(folder_.path()), fs::copy_options::recursive);
  const ProgramResult again = run(arguments_);
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("skipped"));
  expect_nothing_changed();
}

// Killed while its files got their names: some have theirs, the report has not.
TEST_F(FinishedRun, IsCompletedWhereItsJobWaits) {
  const TemporaryFolder stopped;
  kill_run(stopped.path(), arguments_);
  fs::copy(job_in(stopped.path()), job_in(folder_.path()), fs::copy_options::recursive);
  for (const char* name : {"clip_report.json", "clip_rgbd.mp4", "clip_Greys_r.mp4"}) {
    fs::remove(folder_ / "output" / name);
  }
  std::ofstream(folder_ / "output/clip_rgbd.mp4.partial") << "half";
  const ProgramResult again = run(arguments_);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("goes on where"));
  EXPECT_EQ(outputs_in(folder_.path()), finished_);
}

TEST(OneOutputFolder, HoldsOneRunOfAClipAtATime) {
  const Words arguments = testing::long_run({});
  const TemporaryFolder folder;
  const auto expected = outputs_of(arguments);
  Program first(folder.path(), arguments);
  ASSERT_TRUE(
      first.wait_until([&] { return fs::exists(job_in(folder.path()) / "manifest.json"); }));
  // It stands still until the second one has met its lock.
  first.send(SIGSTOP);
  const TemporaryFolder elsewhere;
  Words second = arguments;
  second.insert(second.end(), {"-o", folder / "output"});
  const ProgramResult refused = run_program(elsewhere.path(), second);
  first.send(SIGCONT);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("rollingdepth: error: another rollingdepth (process " +
                                     std::to_string(first.id()) + ") is at work on clip.mp4 in " +
                                     (folder / "output").string()));
  EXPECT_EQ(first.wait(), 0) << first.err();
  EXPECT_EQ(outputs_in(folder.path()), expected);
}

TEST(OneOutputFolder, LeavesForeignThingsInThePlaceOfAJobAlone) {
  for (const bool is_folder : {true, false}) {
    const TemporaryFolder folder;
    fs::create_directories(folder / "output");
    if (is_folder) fs::create_directories(job_in(folder.path()));
    const fs::path mine = is_folder ? job_in(folder.path()) / "a.spool" : job_in(folder.path());
    std::ofstream(mine) << "mine";
    const auto before = outputs_in(folder.path());
    const ProgramResult result = run_program(folder.path(), small_run({"-i", case_clip("fast")}));
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("cannot keep the job in output/clip.job: something else"));
    EXPECT_EQ(outputs_in(folder.path()), before);
  }
}

}  // namespace
}  // namespace rollingdepth
