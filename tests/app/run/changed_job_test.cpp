// Stopped runs that are started again with something changed, or without --resume.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <csignal>

#include "app/refusal.hpp"
#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::case_clip;
using testing::data_file;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::errors_in;
using testing::files_below;
using ::testing::HasSubstr;
using testing::job_in;
using testing::joined;
using testing::kill_run;
using testing::long_run;
using ::testing::Not;
using testing::outputs_in;
using testing::outputs_of;
using testing::ProgramResult;
using testing::run_program;
using testing::stop_at;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Words;

// A job that was stopped, of a clip and a model that may be changed.
class ChangedJob : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::copy(case_clip("fast"), clip_);
    fs::copy(data_file("models") / "a", folder_ / "model");
    kill_run(folder_.path(), arguments_);
  }

  [[nodiscard]] ProgramResult run(const Words& arguments) const {
    return run_program(folder_.path(), arguments);
  }

  // The job is still there, byte for byte, and the error says what differs and how to go on.
  void expect_kept(const Words& arguments, const std::string& difference) {
    auto before = outputs_in(folder_.path());
    const ProgramResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_THAT(errors_in(result),
                ElementsAre(AllOf(HasSubstr("clip.mp4: an unfinished job of other settings is in "
                                            "output/clip.job: " +
                                            difference),
                                  HasSubstr("the earlier settings go on with it, --overwrite "
                                            "discards it, -o writes elsewhere"))));
    const ProgramResult dry = run(joined(arguments, {"--dry-run"}));
    EXPECT_EQ(dry.exit_code, 1) << dry.err;
    EXPECT_EQ(errors_in(dry), errors_in(result));
    auto after = outputs_in(folder_.path());
    for (auto* files : {&before, &after}) files->erase("clip.job/lock");  // Holds a process.
    EXPECT_EQ(after, before);
  }

  void expect_going_on(const Words& arguments) {
    const ProgramResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr("clip.mp4 · goes on where an earlier run stopped"));
    EXPECT_EQ(outputs_in(folder_.path()), outputs_of(arguments));
  }

  // Replaces text in a file by as much, without a change of its time.
  static void replace(const fs::path& file, const std::string& text, const std::string& by) {
    const auto time = fs::last_write_time(file);
    std::string bytes = text_of(file);
    const std::size_t place = bytes.find(text);
    ASSERT_NE(place, std::string::npos);
    bytes.replace(place, by.size(), by);
    std::ofstream(file, std::ios::binary) << bytes;
    fs::last_write_time(file, time);
  }

  TemporaryFolder folder_;
  fs::path clip_ = folder_ / "clip.mp4";
  Words arguments_ = {
      "-i",      clip_,  "-c",        folder_ / "model", "--res",     "0", "--device", "cpu",
      "--dtype", "fp32", "--quality", "ultra_fast",      "--threads", "1", "--frames", "12"};
};

TEST_F(ChangedJob, IsKeptFromOtherSettingsAndGoesOnWithTheEarlierOnes) {
  expect_kept(joined(arguments_, {"--seed", "7", "--merge", "mean", "--quality", "fast"}),
              "--seed 7, before 42; --merge mean, before weighted; --quality fast, before "
              "ultra_fast (");
  expect_going_on(arguments_);
}

TEST_F(ChangedJob, IsDiscardedWhereThatIsAskedFor) {
  const Words other = joined(arguments_, {"--seed", "7"});
  const ProgramResult result = run(joined(other, {"--overwrite"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("rollingdepth: warning: clip.mp4: discarded the unfinished job of an "
                              "earlier run: --seed 7, before 42"),
                    Not(HasSubstr("goes on where"))));
  EXPECT_EQ(outputs_in(folder_.path()), outputs_of(other));
}

TEST_F(ChangedJob, OfTheSameSettingsGoesOnWhileOutputsMayBeReplaced) {
  expect_going_on(joined(arguments_, {"--overwrite"}));
}

TEST_F(ChangedJob, StaysWhereOtherSettingsWriteElsewhere) {
  EXPECT_EQ(run(joined(arguments_, {"--seed", "7", "-o", "elsewhere"})).exit_code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "elsewhere/clip_pred.npy"));
  fs::remove_all(folder_ / "elsewhere");
  expect_going_on(arguments_);
}

TEST_F(ChangedJob, GoesOnWithAnInputThatWasTouched) {
  fs::last_write_time(clip_, fs::last_write_time(clip_) + std::chrono::seconds(1));
  expect_going_on(arguments_);
}

// The name of the program that made it: another input, the same pictures.
TEST_F(ChangedJob, IsKeptFromAnInputOfOtherBytes) {
  replace(clip_, "Lavf", "Lavg");
  expect_kept(arguments_, "hash of the input ");
}

TEST_F(ChangedJob, IsKeptFromAnotherModel) {
  replace(folder_ / "model/model.json", "random weights", "RANDOM weights");
  expect_kept(arguments_, "--checkpoint with hash ");
}

// As on another machine of a cluster: what such kernels compute differs in the last bits.
TEST_F(ChangedJob, IsKeptFromOtherKernelsOfTheProcessor) {
  ::setenv("ATEN_CPU_CAPABILITY", "default", 1);
  ::setenv("ONEDNN_MAX_CPU_ISA", "SSE41", 1);
  expect_kept(arguments_, "processor's kernels default within ONEDNN_MAX_CPU_ISA=SSE41, before ");
  ::unsetenv("ATEN_CPU_CAPABILITY");
  ::unsetenv("ONEDNN_MAX_CPU_ISA");
  expect_going_on(arguments_);
}

// What does not change the depth does not stop it.
TEST_F(ChangedJob, GoesOnWithOtherFiles) {
  expect_going_on(joined(arguments_, {"--cmap", "viridis", "--save-npz", "--memory-limit", "1G"}));
}

TEST_F(ChangedJob, StartsAnewWithoutResumeAndLeavesNoJob) {
  const ProgramResult result = run(joined(arguments_, {"--no-resume"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(Not(HasSubstr("goes on where")), Not(HasSubstr("discarded"))));
  EXPECT_EQ(outputs_in(folder_.path()), outputs_of(arguments_));
}

// A link and a pipe in the place of records: no other input suffers, and nobody waits.
TEST_F(ChangedJob, WithLinksAndPipesAmongItsRecordsDoesNotStopABatch) {
  fs::copy(clip_, folder_ / "other.mp4");
  const Words batch = joined(arguments_, {"-i", "other.mp4"});
  const fs::path records = job_in(folder_.path()) / "latents.spool";
  for (const bool link : {true, false}) {
    fs::remove(records);
    if (link) {
      fs::create_symlink(folder_ / "nowhere", records);
    } else {
      ASSERT_EQ(::mkfifo(records.c_str(), 0600), 0);
    }
    const ProgramResult result = run(batch);
    EXPECT_EQ(result.exit_code, 3) << result.err;
    EXPECT_THAT(errors_in(result),
                ElementsAre(HasSubstr("clip.job/latents.spool: it is a link or a pipe, not a plain "
                                      "file")));
    EXPECT_THAT(result.err, HasSubstr("clip.mp4 · what was computed is kept in output/clip.job"));
    EXPECT_TRUE(fs::exists(folder_ / "output/other_report.json"));
    EXPECT_FALSE(fs::exists(folder_ / "nowhere"));
  }
}

// As names of old archives are: Latin-1.
TEST(JobOfANameThatIsNotUtf8, GoesOnAndIsKnownWhenItIsDone) {
  const TemporaryFolder folder;
  const std::string name = "caf\xe9.mp4";
  fs::copy(case_clip("fast"), folder / name);
  Words arguments = long_run({"--spool-dir", "sp\xe9"});
  arguments[1] = name;
  EXPECT_EQ(stop_at(folder.path(), arguments, "snippets:2", SIGTERM).exit_code, 75);
  const ProgramResult on = run_program(folder.path(), arguments);
  EXPECT_EQ(on.exit_code, 0) << on.err;
  EXPECT_THAT(on.err, HasSubstr("goes on where"));
  const ProgramResult again = run_program(folder.path(), arguments);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("skipped"));
}

// The spool has no name then: only the lock of the killed process is left, and stops nobody.
TEST(WithoutResume, LeavesALockAtMost) {
  const Words arguments = long_run({"--no-resume", "--unload-snippet"});
  const TemporaryFolder folder;
  stop_at(folder.path(), arguments, "snippets:2", SIGKILL);
  EXPECT_THAT(files_below(folder / "output"), ElementsAre("clip.job/lock"));
  const ProgramResult next = run_program(folder.path(), long_run({}));
  EXPECT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.err, Not(HasSubstr("goes on where")));
  EXPECT_EQ(outputs_in(folder.path()), outputs_of(long_run({})));
}

// Nothing at all, unless the machine is so busy that the process ends without unwinding.
TEST(WithoutResume, LeavesALockAtMostAfterCtrlC) {
  const TemporaryFolder folder;
  const ProgramResult result =
      stop_at(folder.path(), long_run({"--no-resume"}), "snippets:2", SIGINT);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.err, Not(HasSubstr("goes on from")));
  EXPECT_THAT(files_below(folder / "output"), Each("clip.job/lock"));
}

}  // namespace
}  // namespace rollingdepth
