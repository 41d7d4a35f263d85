// Runs that end early although the same command goes on: exit code 75.
#include <gmock/gmock.h>

#include "app/refusal.hpp"
#include "own_networks.hpp"
#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::case_clip;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::errors_in;
using ::testing::HasSubstr;
using testing::holds_bytes;
using testing::job_in;
using testing::joined;
using testing::lines_of;
using testing::long_run;
using ::testing::Not;
using testing::outputs_in;
using testing::outputs_of;
using testing::Program;
using testing::ProgramResult;
using testing::run_program;
using testing::small_run;
using testing::stop_at;
using testing::TemporaryFolder;
using testing::Words;

constexpr int kUnfinished = 75;

// The error first; then what was not lost.
void expect_going_on_is_told(const ProgramResult& result) {
  const std::string told = " · stopped; the same command goes on from output/";
  const std::size_t error = result.err.find("rollingdepth: error: ");
  const std::size_t promise = result.err.find(told);
  ASSERT_NE(error, std::string::npos) << result.err;
  ASSERT_NE(promise, std::string::npos) << result.err;
  EXPECT_LT(error, promise) << result.err;
}

void expect_the_same_command_to_go_on(const fs::path& folder, const Words& arguments) {
  const ProgramResult next = run_program(folder, arguments);
  EXPECT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr("goes on where an earlier run stopped"));
  EXPECT_EQ(outputs_in(folder), outputs_of(arguments));
}

struct Signal {
  const char* name;
  int number;
  int exit_code;
  const char* told;
};
void PrintTo(const Signal& signal, std::ostream* stream) { *stream << signal.name; }

class StoppedBySignal : public ::testing::TestWithParam<Signal> {};

TEST_P(StoppedBySignal, SaysSoAndGoesOnNextTime) {
  const Words arguments = long_run({}, "12");
  const TemporaryFolder folder;
  const ProgramResult result =
      stop_at(folder.path(), arguments, "snippets:3", GetParam().number,
              [&] { return holds_bytes(job_in(folder.path()) / "samples-1.spool"); });
  EXPECT_EQ(result.exit_code, GetParam().exit_code);
  EXPECT_THAT(errors_in(result),
              ElementsAre(std::string("rollingdepth: error: ") + GetParam().told));
  expect_going_on_is_told(result);
  expect_the_same_command_to_go_on(folder.path(), arguments);
}

INSTANTIATE_TEST_SUITE_P(
    Program, StoppedBySignal,
    ::testing::Values(Signal{"CtrlC", SIGINT, 130, "interrupted"},
                      Signal{"Terminate", SIGTERM, kUnfinished, "stopped by SIGTERM"},
                      Signal{"User1", SIGUSR1, kUnfinished, "stopped by SIGUSR1"},
                      Signal{"HangUp", SIGHUP, kUnfinished, "stopped by SIGHUP"}),
    [](const auto& tested) { return tested.param.name; });

// A batch of three clips, the first of which is done.
class StoppedBatch : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "clips");
    for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) {
      fs::copy(case_clip("fast"), folder_ / "clips" / name);
    }
    arguments_ = long_run({"--cmap", "", "--no-save-sbs"}, "12");
    arguments_[1] = folder_ / "clips";
    Words first = arguments_;
    first[1] = folder_ / "clips/a.mp4";
    ASSERT_EQ(run_program(folder_.path(), first).exit_code, 0);
  }

  ProgramResult stop(int number) {
    return stop_at(folder_.path(), arguments_, "snippets:3", number,
                   [&] { return holds_bytes(folder_ / "output/b.job/samples-1.spool"); });
  }

  TemporaryFolder folder_;
  Words arguments_;
};

TEST_F(StoppedBatch, EndsWithTheInputThatIsStopped) {
  const ProgramResult result = stop(SIGTERM);
  EXPECT_EQ(result.exit_code, kUnfinished);
  expect_going_on_is_told(result);
  EXPECT_THAT(result.err, HasSubstr("3 inputs: 0 done, 1 skipped, 0 failed, 2 unfinished"));
  EXPECT_FALSE(fs::exists(folder_ / "output/c.job"));
}

TEST_F(StoppedBatch, FailsWhereAnotherInputHasFailedForGood) {
  std::ofstream(folder_ / "clips/0.mp4") << "no video";
  const ProgramResult result = stop(SIGTERM);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("4 inputs: 0 done, 1 skipped, 1 failed, 2 unfinished"));
}

TEST_F(StoppedBatch, GoesOnInTheMiddleOfItsClips) {
  const auto expected = outputs_of(arguments_);
  EXPECT_EQ(stop(SIGKILL).exit_code, 128 + SIGKILL);
  const auto left = outputs_in(folder_.path());
  EXPECT_TRUE(left.contains("a_pred.npy"));
  EXPECT_TRUE(left.contains("b.job/manifest.json"));
  EXPECT_FALSE(left.contains("c_pred.npy"));
  const auto time = fs::last_write_time(folder_ / "output/a_pred.npy");

  const ProgramResult next = run_program(folder_.path(), arguments_);
  EXPECT_EQ(next.exit_code, 0) << next.err;
  for (const char* words : {"a.mp4 · skipped", "b.mp4 · goes on where an earlier run stopped",
                            "3 inputs: 2 done, 1 skipped, 0 failed"}) {
    EXPECT_THAT(next.err, HasSubstr(words));
  }
  EXPECT_EQ(outputs_in(folder_.path()), expected);
  EXPECT_EQ(fs::last_write_time(folder_ / "output/a_pred.npy"), time);
}

// Runs it with no file allowed beyond `kilobytes`, which ends writes as a full disk does.
ProgramResult run_limited(const fs::path& folder, const Words& arguments, int kilobytes) {
  // The shell counts in blocks of 512 bytes.
  std::string command =
      "ulimit -f " + std::to_string(2 * kilobytes) + "; exec '" ROLLINGDEPTH_PROGRAM "'";
  for (const std::string& word : arguments) command += " '" + word + "'";
  return run_program(folder, "/bin/sh", {"-c", command});
}

void expect_nothing_but_jobs(const fs::path& folder) {
  for (const auto& [name, hash] : outputs_in(folder)) {
    EXPECT_THAT(name, HasSubstr(".job/"));
  }
}

TEST(FullDisk, UnderTheSpoolLeavesAJob) {
  const TemporaryFolder folder;
  const Words arguments = long_run({});
  const ProgramResult result = run_limited(folder.path(), arguments, 100);
  EXPECT_EQ(result.exit_code, kUnfinished);
  EXPECT_THAT(
      errors_in(result),
      ElementsAre(AllOf(HasSubstr("clip.mp4: the spool takes "), HasSubstr(" of disk in all: "),
                        HasSubstr("cannot write the spool in output/clip.job: File"))));
  expect_going_on_is_told(result);
  expect_nothing_but_jobs(folder.path());
  EXPECT_TRUE(holds_bytes(job_in(folder.path()) / "maps-1.spool"));
  expect_the_same_command_to_go_on(folder.path(), arguments);
}

// Maps of 32 x 24, outputs of 64 x 48.
TEST(FullDisk, UnderTheOutputsLeavesAJob) {
  const TemporaryFolder folder;
  const Words arguments = long_run({"--res", "32", "--restore-res", "--cmap", "", "--no-save-sbs"});
  const ProgramResult result = run_limited(folder.path(), arguments, 200);
  EXPECT_EQ(result.exit_code, kUnfinished);
  EXPECT_THAT(errors_in(result), ElementsAre(HasSubstr("clip_pred.npy")));
  expect_going_on_is_told(result);
  expect_nothing_but_jobs(folder.path());
  expect_the_same_command_to_go_on(folder.path(), arguments);
}

TEST(FullDisk, UnderABatchLeavesItUnfinished) {
  const TemporaryFolder folder;
  fs::copy(case_clip("fast"), folder / "other.mp4");
  const ProgramResult result =
      run_limited(folder.path(), long_run({"-i", (folder / "other.mp4").string()}), 100);
  EXPECT_EQ(result.exit_code, kUnfinished);
  EXPECT_THAT(result.err, HasSubstr("2 inputs: 0 done, 0 skipped, 0 failed, 2 unfinished"));
}

TEST(FullDisk, WithoutAJobIsAFailure) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_limited(folder.path(), long_run({"--no-resume", "--unload-snippet"}), 100);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, Not(HasSubstr("goes on from")));
  EXPECT_THAT(outputs_in(folder.path()), ::testing::IsEmpty());
}

// What becomes of a job whose decoder fails.
class FailingDecoder : public testing::OwnNetworks {
 protected:
  ProgramResult run(const std::string& statement) {
    replace("decoder.ts", R"(
      def forward(self, x):
        )" + statement + R"(
        return x[:, 0:1].repeat_interleave(8, 2).repeat_interleave(8, 3)
    )");
    return run_program(folder_.path(),
                       small_run({"-i", case_clip("fast"), "--checkpoint", package_.string(),
                                  "--cmap", "", "--no-save-sbs"}));
  }
};

TEST_F(FailingDecoder, ForWantOfMemoryLeavesItUnfinished) {
  const ProgramResult result = run("assert x.size(0) < 1, \"CUDA out of memory\"");
  EXPECT_EQ(result.exit_code, kUnfinished) << result.err;
  expect_going_on_is_told(result);
  EXPECT_TRUE(holds_bytes(job_in(folder_.path()) / "latents.spool"));
}

TEST_F(FailingDecoder, ForAReasonThatIsNotKnownKeepsItWithoutAPromise) {
  const ProgramResult result = run("assert x.size(0) < 1, \"the moon is full\"");
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("what was computed is kept in output/clip.job"),
                                Not(HasSubstr("the same command goes on"))));
  EXPECT_TRUE(holds_bytes(job_in(folder_.path()) / "latents.spool"));
}

TEST_F(FailingDecoder, ThatCanOnlyFailAgainLeavesNothing) {
  const ProgramResult result = run("x = x / (x - x)");
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(errors_in(result), ElementsAre(HasSubstr("is not finite")));
  EXPECT_THAT(outputs_in(folder_.path()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace rollingdepth
