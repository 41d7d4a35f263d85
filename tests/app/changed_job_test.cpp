// Stopped runs that are started again with something changed, without --resume, or in a batch.
#include <gmock/gmock.h>

#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::case_clip;
using testing::data_file;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::files_below;
using ::testing::HasSubstr;
using testing::holds_bytes;
using testing::job_in;
using testing::joined;
using testing::kill_run;
using testing::long_run;
using ::testing::Not;
using testing::outputs_in;
using testing::outputs_of;
using testing::Program;
using testing::ProgramResult;
using testing::run_program;
using testing::stop_run;
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

  void expect_a_new_start(const Words& arguments, const std::string& difference) {
    const ProgramResult result = run_program(folder_.path(), arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.err, AllOf(HasSubstr("rollingdepth: warning: clip.mp4: the unfinished job "
                                            "of an earlier run is not this one ("),
                                  HasSubstr(difference), HasSubstr("); starting anew"),
                                  Not(HasSubstr("goes on where"))));
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

TEST_F(ChangedJob, StartsAnewWithOtherSettings) {
  expect_a_new_start(joined(arguments_, {"--seed", "7", "--merge", "mean"}),
                     "(seed 7, before 42; merge mean, before weighted)");
}

TEST_F(ChangedJob, StartsAnewWithAnInputOfAnotherTime) {
  fs::last_write_time(clip_, fs::last_write_time(clip_) + std::chrono::seconds(1));
  expect_a_new_start(arguments_, "input_changed_ns ");
}

// The name of the program that made it: another input, the same pictures.
TEST_F(ChangedJob, StartsAnewWithAnInputOfOtherBytes) {
  replace(clip_, "Lavf", "Lavg");
  expect_a_new_start(arguments_, "(input_hash ");
}

TEST_F(ChangedJob, StartsAnewWithAnotherModel) {
  replace(folder_ / "model/model.json", "random weights", "RANDOM weights");
  expect_a_new_start(arguments_, "(model ");
}

// What does not change the depth does not stop it.
TEST_F(ChangedJob, GoesOnWithOtherFiles) {
  const Words other =
      joined(arguments_, {"--cmap", "viridis", "--save-npz", "--memory-limit", "1G"});
  const ProgramResult result = run_program(folder_.path(), other);
  EXPECT_THAT(result.err, HasSubstr("goes on where an earlier run stopped"));
  EXPECT_EQ(outputs_in(folder_.path()), outputs_of(other));
}

TEST_F(ChangedJob, StartsAnewWithoutResumeAndLeavesNoJob) {
  const ProgramResult result = run_program(folder_.path(), joined(arguments_, {"--no-resume"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(Not(HasSubstr("goes on where")), Not(HasSubstr("starting anew"))));
  EXPECT_EQ(outputs_in(folder_.path()), outputs_of(arguments_));
}

// The spool has no name then: only the lock of the killed process is left, and stops nobody.
TEST(WithoutResume, LeavesALockAtMost) {
  const Words arguments = long_run({"--no-resume", "--unload-snippet"});
  const TemporaryFolder folder;
  stop_run(folder.path(), arguments, SIGKILL,
           [&] { return text_of(folder / ".stderr").find("  encode ") != std::string::npos; });
  EXPECT_THAT(files_below(folder / "output"), ElementsAre("clip.job/lock"));
  const ProgramResult next = run_program(folder.path(), long_run({}));
  EXPECT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.err, Not(HasSubstr("goes on where")));
  EXPECT_EQ(outputs_in(folder.path()), outputs_of(long_run({})));
}

// Nothing at all, unless the machine is so busy that the process ends without unwinding.
TEST(WithoutResume, LeavesALockAtMostAfterCtrlC) {
  const TemporaryFolder folder;
  const int exit_code = stop_run(folder.path(), long_run({"--no-resume"}), SIGINT, [&] {
    return text_of(folder / ".stderr").find("  encode ") != std::string::npos;
  });
  EXPECT_EQ(exit_code, 130);
  EXPECT_THAT(files_below(folder / "output"), Each("clip.job/lock"));
}

TEST(StoppedBatch, GoesOnInTheMiddleOfItsClips) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "clips");
  for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) {
    fs::copy(case_clip("fast"), folder / "clips" / name);
  }
  Words arguments = long_run({"--cmap", "", "--no-save-sbs"}, "12");
  arguments[1] = folder / "clips";
  const auto expected = outputs_of(arguments);
  stop_run(folder.path(), arguments, SIGKILL,
           [&] { return holds_bytes(folder / "output/b.job/maps-1.spool"); });
  const auto left = outputs_in(folder.path());
  EXPECT_TRUE(left.contains("a_pred.npy"));
  EXPECT_TRUE(left.contains("b.job/manifest.json"));
  EXPECT_FALSE(left.contains("c_pred.npy"));
  const auto time = fs::last_write_time(folder / "output/a_pred.npy");

  const ProgramResult next = run_program(folder.path(), arguments);
  EXPECT_EQ(next.exit_code, 0) << next.err;
  for (const char* words : {"a.mp4 · skipped", "b.mp4 · goes on where an earlier run stopped",
                            "3 inputs: 2 done, 1 skipped, 0 failed"}) {
    EXPECT_THAT(next.err, HasSubstr(words));
  }
  EXPECT_EQ(outputs_in(folder.path()), expected);
  EXPECT_EQ(fs::last_write_time(folder / "output/a_pred.npy"), time);
}

}  // namespace
}  // namespace rollingdepth
