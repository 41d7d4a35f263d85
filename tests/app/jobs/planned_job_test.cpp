// One clip spread over processes by files: the same bytes as a plain run writes.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "app/refusal.hpp"
#include "app/run/stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::job_in;
using testing::joined;
using testing::long_run;
using ::testing::Not;
using testing::outputs_in;
using testing::outputs_of;
using testing::Program;
using testing::ProgramResult;
using testing::run_program;
using testing::stop_at;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Words;

const std::string kJob = "output/clip.job";

void plan(const TemporaryFolder& folder, const Words& run) {
  const ProgramResult planned = run_program(folder.path(), joined({"plan"}, run));
  ASSERT_EQ(planned.exit_code, 0) << planned.err;
  EXPECT_EQ(planned.out, kJob + "\n");
}

ProgramResult work(const TemporaryFolder& folder, const std::string& shard,
                   const Words& more = {}) {
  Words words = {"work", kJob};
  if (!shard.empty()) words = joined(words, {"--shard", shard});
  return run_program(folder.path(), joined(words, more));
}

nlohmann::json status_of(const TemporaryFolder& folder) {
  const ProgramResult status = run_program(folder.path(), {"status", kJob, "--json"});
  EXPECT_EQ(status.exit_code, 0) << status.err;
  return nlohmann::json::parse(status.out);
}

void expect_merged(const TemporaryFolder& folder,
                   const std::map<std::string, std::size_t>& expected) {
  const ProgramResult merged = run_program(folder.path(), {"merge", kJob});
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_EQ(outputs_in(folder.path()), expected) << merged.err;
}

class PlannedJobs : public ::testing::TestWithParam<testing::RunKind> {};

TEST_P(PlannedJobs, GiveTheSameFilesInAnyOrderOfShards) {
  const Words run = long_run(GetParam().options);
  const TemporaryFolder folder;
  plan(folder, run);
  for (const char* shard : {"3/3", "1/3", "2/3"}) {
    const ProgramResult worked = work(folder, shard);
    EXPECT_EQ(worked.exit_code, 0) << worked.err;
  }
  expect_merged(folder, outputs_of(run));
}

INSTANTIATE_TEST_SUITE_P(
    Program, PlannedJobs,
    ::testing::Values(testing::RunKind{"Plain", {}},
                      testing::RunKind{"Refined", {"--refine-step", "2"}},
                      testing::RunKind{"Chunked", {"--chunk-frames", "10", "--chunk-overlap", "3"}},
                      testing::RunKind{"Archived", {"--save-snippets"}},
                      testing::RunKind{"InBf16", {"--dtype", "bf16"}}),
    [](const auto& kind) { return kind.param.name; });

class PlannedJob : public ::testing::Test {
 protected:
  const Words run_ = long_run({});
  TemporaryFolder folder_;
};

TEST_F(PlannedJob, GivesTheSameFilesAfterKills) {
  plan(folder_, run_);
  for (const char* point : {"encode:4", "snippets:2"}) {
    fs::remove(folder_ / ".stderr");  // Where the one before was held.
    const ProgramResult killed =
        stop_at(folder_.path(), {"work", kJob, "--shard", "1/2"}, point, SIGKILL);
    EXPECT_EQ(killed.exit_code, 128 + SIGKILL);
  }
  // Of another number, and done by others meanwhile.
  EXPECT_EQ(work(folder_, "2/3").exit_code, 0);
  EXPECT_EQ(work(folder_, "1/2").exit_code, 0);
  EXPECT_EQ(work(folder_, "2/2").exit_code, 0);
  expect_merged(folder_, outputs_of(run_));
}

TEST_F(PlannedJob, IsLeftUnfinishedByTheSignalsOfSchedulers) {
  for (const int number : {SIGTERM, SIGUSR1}) {
    const TemporaryFolder folder;
    plan(folder, run_);
    const ProgramResult stopped =
        stop_at(folder.path(), {"work", kJob, "--shard", "1/1"}, "snippets:1", number);
    EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr("stopped; the same command goes on"));
    const auto status = status_of(folder);
    EXPECT_FALSE(status["complete"]);
    EXPECT_GT(status["phases"][1]["done"], 0);
    EXPECT_EQ(status["shards"][0]["state"], "stopped");
  }
}

TEST_F(PlannedJob, IsNotMergedBeforeAllIsThere) {
  plan(folder_, run_);
  EXPECT_EQ(work(folder_, "2/2").exit_code, 0);
  const ProgramResult early = run_program(folder_.path(), {"merge", kJob});
  EXPECT_EQ(early.exit_code, 75);
  EXPECT_THAT(early.err, HasSubstr("8 of 24 frames are missing in latents: 0 to 7"));
  EXPECT_THAT(early.err, HasSubstr("snippets are missing in samples-1: 0 to 11"));
  EXPECT_EQ(work(folder_, "1/2").exit_code, 0);
  EXPECT_TRUE(status_of(folder_)["complete"]);
  expect_merged(folder_, outputs_of(run_));
}

// In company, without numbers.
TEST_F(PlannedJob, IsDoneByWhoeverComes) {
  plan(folder_, run_);
  const ProgramResult worked = work(folder_, "");
  EXPECT_EQ(worked.exit_code, 0) << worked.err;
  EXPECT_THAT(worked.err, HasSubstr("what is left · done"));
  const ProgramResult late = work(folder_, "");
  EXPECT_EQ(late.exit_code, 0);
  EXPECT_THAT(late.err, HasSubstr("what is left · done, 0 snippets"));
  expect_merged(folder_, outputs_of(run_));
}

TEST_F(PlannedJob, LeavesToOthersWhatTheyHaveClaimed) {
  plan(folder_, run_);
  std::ofstream(job_in(folder_.path()) / "part-0.claim") << "somebody";
  const ProgramResult idle = work(folder_, "");
  EXPECT_EQ(idle.exit_code, 75);
  EXPECT_THAT(idle.err, HasSubstr("0 snippets; others are at work on the rest"));
  EXPECT_FALSE(status_of(folder_)["complete"]);
}

// Without waiting until it goes stale.
TEST_F(PlannedJob, GoesOnWithThePartOfAProcessThatWasKilledHere) {
  plan(folder_, run_);
  Program killed(folder_.path(), {"work", kJob});
  EXPECT_TRUE(killed.wait_until(
      [&] { return testing::holds_bytes(job_in(folder_.path()) / "part-0.claim"); }));
  killed.send(SIGKILL);
  killed.wait();
  EXPECT_EQ(status_of(folder_)["shards"][0]["state"], "ended without a word");
  EXPECT_EQ(work(folder_, "").exit_code, 0);
  EXPECT_TRUE(status_of(folder_)["complete"]);
}

TEST_F(PlannedJob, EncodesAgainFramesWhoseLatentsAreLost) {
  plan(folder_, run_);
  EXPECT_EQ(work(folder_, "1/1").exit_code, 0);
  for (const auto& entry : fs::directory_iterator(job_in(folder_.path()))) {
    if (entry.path().string().ends_with(".latents.spool")) fs::remove(entry.path());
  }
  EXPECT_EQ(run_program(folder_.path(), {"merge", kJob}).exit_code, 75);
  EXPECT_EQ(work(folder_, "1/1").exit_code, 0);
  expect_merged(folder_, outputs_of(run_));
}

TEST_F(PlannedJob, IsPlannedAgainWhereItsFilesAreDamaged) {
  plan(folder_, run_);
  const fs::path job = job_in(folder_.path());
  fs::resize_file(job / "plan.json", 100);
  fs::resize_file(job / "times.spool", 100);
  const ProgramResult damaged = work(folder_, "1/1");
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_THAT(damaged.err, HasSubstr("rollingdepth plan makes it anew"));
  plan(folder_, run_);
  EXPECT_EQ(work(folder_, "1/1").exit_code, 0);
  expect_merged(folder_, outputs_of(run_));
}

// What a plain run that was killed has left is for work, not for who merges.
TEST_F(PlannedJob, OfAKilledRunIsNotMergedBeforeAllIsThere) {
  testing::kill_run(folder_.path(), run_);
  const ProgramResult early = run_program(folder_.path(), {"merge", kJob});
  EXPECT_EQ(early.exit_code, 75);
  EXPECT_THAT(early.err, HasSubstr("are missing in samples-1"));
  EXPECT_EQ(work(folder_, "").exit_code, 0);
  expect_merged(folder_, outputs_of(run_));
}

// A finished shot has left its depth, and nothing of what that was made from.
TEST_F(PlannedJob, OfShotsKnowsThoseThatAKilledMergeHasFinished) {
  std::ofstream(folder_ / "shots.csv") << "Start Frame\n1\n6\n10\n";
  const Words run = joined(run_, {"--scenes", (folder_ / "shots.csv").string()});
  plan(folder_, run);
  fs::remove(folder_ / "shots.csv");
  for (const char* shard : {"2/2", "1/2"}) EXPECT_EQ(work(folder_, shard).exit_code, 0);
  const ProgramResult killed = stop_at(folder_.path(), {"merge", kJob}, "shots:6", SIGKILL);
  EXPECT_EQ(killed.exit_code, 128 + SIGKILL);
  EXPECT_EQ(status_of(folder_)["missing"], nlohmann::json::array());
  const ProgramResult more = work(folder_, "");
  EXPECT_EQ(more.exit_code, 0) << more.err;
  const ProgramResult merged = run_program(folder_.path(), {"merge", kJob});
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  std::ofstream(folder_ / "shots.csv") << "Start Frame\n1\n6\n10\n";
  EXPECT_EQ(outputs_in(folder_.path()), outputs_of(run));
}

TEST_F(PlannedJob, IsNotMadeWithTheScenesOfAnotherClip) {
  std::ofstream(folder_ / "shots.csv") << "Start Frame\n1\n6\n1000\n";
  const ProgramResult refused =
      run_program(folder_.path(),
                  joined({"plan"}, joined(run_, {"--scenes", (folder_ / "shots.csv").string()})));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("a shot begins with frame 999"));
  EXPECT_FALSE(fs::exists(folder_ / "output"));
}

TEST_F(PlannedJob, ThatIsMergedIsDone) {
  plan(folder_, run_);
  EXPECT_EQ(work(folder_, "1/1").exit_code, 0);
  EXPECT_EQ(run_program(folder_.path(), {"merge", kJob}).exit_code, 0);
  for (const char* command : {"work", "merge"}) {
    const ProgramResult late = run_program(folder_.path(), {command, kJob});
    EXPECT_EQ(late.exit_code, 0) << late.err;
    EXPECT_THAT(late.err, HasSubstr("is merged: its outputs are in output"));
    // NFS keeps a folder in which a removed file is still open.
    fs::create_directory(folder_ / kJob);
    std::ofstream(folder_ / kJob / ".nfs0001") << "x";
  }
}

TEST_F(PlannedJob, IsThatOfARunUnderWay) {
  const auto expected = outputs_of(run_);
  const auto look = [&] {
    const ProgramResult helped = run_program(folder_.path(), {"work", kJob, "--shard", "2/2"});
    EXPECT_EQ(helped.exit_code, 0) << helped.err;
    return true;
  };
  stop_at(folder_.path(), run_, "snippets:2", SIGKILL, look);
  EXPECT_EQ(run_program(folder_.path(), run_).exit_code, 0);
  EXPECT_EQ(outputs_in(folder_.path()), expected);
}

TEST_F(PlannedJob, WorksOnACopyOfTheClipElsewhere) {
  plan(folder_, run_);
  fs::copy(testing::case_clip("fast"), folder_ / "copy.mp4");
  EXPECT_EQ(work(folder_, "1/1", {"--input", "copy.mp4"}).exit_code, 0);
  std::ofstream(folder_ / "copy.mp4", std::ios::app) << "more";
  const ProgramResult changed = work(folder_, "1/1", {"--input", "copy.mp4"});
  EXPECT_EQ(changed.exit_code, 2);
  EXPECT_THAT(changed.err, HasSubstr("this is not what was planned: size of the input"));
}

TEST_F(PlannedJob, RefusesAMachineThatComputesOtherwise) {
  plan(folder_, run_);
  const auto elsewhere = [&](const Words& words) {
    return run_program(folder_.path(), "/usr/bin/env",
                       joined({"ONEDNN_MAX_CPU_ISA=AVX2", ROLLINGDEPTH_PROGRAM}, words));
  };
  const ProgramResult refused = elsewhere({"work", kJob});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("computes otherwise than planned"),
                                 HasSubstr("--any-device goes on")));
  EXPECT_EQ(elsewhere({"work", kJob, "--any-device"}).exit_code, 0);
  // The one that merges computes as planned.
  const ProgramResult merged = run_program(folder_.path(), {"merge", kJob});
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_THAT(text_of(folder_ / "output/clip_report.json"),
              HasSubstr("the last digits may differ"));
}

TEST_F(PlannedJob, TakesItsPartFromAScheduler) {
  plan(folder_, run_);
  const ProgramResult worked =
      run_program(folder_.path(), "/usr/bin/env",
                  {"SLURM_ARRAY_TASK_ID=5", "SLURM_ARRAY_TASK_MIN=4", "SLURM_ARRAY_TASK_MAX=5",
                   "SLURM_ARRAY_TASK_COUNT=2", "SLURM_ARRAY_TASK_STEP=1", ROLLINGDEPTH_PROGRAM,
                   "work", kJob, "--shard", "auto"});
  EXPECT_EQ(worked.exit_code, 0) << worked.err;
  EXPECT_THAT(worked.err, AllOf(HasSubstr("shard 2/2"), HasSubstr("Slurm array task 5 of 4-5")));
}

TEST_F(PlannedJob, IsPlannedOnce) {
  plan(folder_, run_);
  work(folder_, "1/2");
  plan(folder_, run_);
  EXPECT_GT(status_of(folder_)["phases"][0]["done"], 0);
  const ProgramResult other =
      run_program(folder_.path(), joined({"plan"}, joined(run_, {"--seed", "7"})));
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("an unfinished job of other settings"));
}

// Windows before the last one that are not full.
TEST(PlannedVideo, IsMergedWhateverItsLength) {
  const TemporaryFolder folder;
  const std::string model = testing::data_file("vda/model");
  for (const char* frames : {"22", "25", "31", "32", "47", "53"}) {
    const Words run = {"-i",           testing::data_file("vda/clip.mp4"),
                       "-c",           model,
                       "--frames",     frames,
                       "--device",     "cpu",
                       "--dtype",      "fp32",
                       "-o",           std::string("of") + frames,
                       "--cmap",       "",
                       "--no-save-sbs"};
    const ProgramResult planned = run_program(folder.path(), joined({"plan"}, run));
    ASSERT_EQ(planned.exit_code, 0) << planned.err;
    const std::string job = planned.out.substr(0, planned.out.size() - 1);
    EXPECT_EQ(run_program(folder.path(), {"work", job}).exit_code, 0);
    const ProgramResult merged = run_program(folder.path(), {"merge", job});
    EXPECT_EQ(merged.exit_code, 0) << frames << merged.err;
    Words plain = run;
    plain[11] += "plain";
    EXPECT_EQ(run_program(folder.path(), plain).exit_code, 0);
    EXPECT_EQ(text_of(folder / (run[11] + "/clip_pred.npy")),
              text_of(folder / (plain[11] + "/clip_pred.npy")))
        << frames;
  }
}

TEST(PlannedJobArguments, AreCheckedBeforeAnythingElse) {
  const TemporaryFolder folder;
  const auto refusal = [&](const Words& words) {
    const ProgramResult result = run_program(folder.path(), words);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    return result.err;
  };
  EXPECT_THAT(refusal({"work"}), HasSubstr("work: no job"));
  EXPECT_THAT(refusal({"work", "a.job", "b.job"}), HasSubstr("one job at a time"));
  EXPECT_THAT(refusal({"work", "a.job", "--shard", "0/2"}), HasSubstr("--shard: '0/2'"));
  EXPECT_THAT(refusal({"work", "a.job", "--shards", "2"}), HasSubstr("needs --shard auto"));
  EXPECT_THAT(refusal({"merge", "a.job", "--shard", "1/2"}), HasSubstr("--shard"));
  EXPECT_THAT(refusal({"status"}), HasSubstr("status: no job"));
  const Words run = {"plan", "-i", testing::case_clip("fast")};
  EXPECT_THAT(refusal(joined(run, {"--no-resume"})), HasSubstr("plan: --no-resume"));
  EXPECT_THAT(refusal(joined(run, {"--spool-dir", "x"})), HasSubstr("plan: --spool-dir"));
  EXPECT_THAT(refusal(joined(run, {"--profile"})), HasSubstr("plan: --profile"));
  EXPECT_EQ(run_program(folder.path(), {"work", "none.job"}).exit_code, 1);
}

}  // namespace
}  // namespace rollingdepth
