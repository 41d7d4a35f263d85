// Where the spool goes, how exact it is, and what happens where it does not fit.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "parity.hpp"
#include "rollingdepth/write/npy.hpp"
#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::files_below;
using ::testing::HasSubstr;
using testing::holds_bytes;
using testing::job_in;
using testing::lines_of;
using testing::long_run;
using ::testing::MatchesRegex;
using testing::outputs_in;
using testing::outputs_of;
using testing::Program;
using testing::ProgramResult;
using testing::run_program;
using ::testing::SizeIs;
using testing::stop_run;
using testing::TemporaryFolder;
using testing::Words;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

TEST(SpoolDir, KeepsTheJobSmallAndIsEmptiedAtTheEnd) {
  const TemporaryFolder folder;
  const Words arguments = long_run({"--spool-dir", "fast/disk"}, "12");
  const fs::path spool = folder / "fast/disk";
  stop_run(folder.path(), arguments, SIGKILL, [&] {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(spool, ignored)) {
      if (holds_bytes(entry.path() / "maps-1.spool")) return true;
    }
    return false;
  });
  EXPECT_THAT(files_below(folder / "output"),
              ElementsAre("clip.job/lock", "clip.job/manifest.json"));
  EXPECT_THAT(names_in(spool), ElementsAre(MatchesRegex("clip-[0-9a-f]*\\.spool")));

  const ProgramResult next = run_program(folder.path(), arguments);
  EXPECT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr("goes on where"));
  EXPECT_EQ(outputs_in(folder.path()), outputs_of(long_run({}, "12")));
  EXPECT_TRUE(fs::is_empty(spool));
}

// Every map comes back to within half of 65,535 steps.
TEST(SpoolDtype, HardlyMatters) {
  std::vector<at::Tensor> depths;
  for (const char* dtype : {"u16", "fp32"}) {
    const TemporaryFolder folder;
    ASSERT_EQ(run_program(folder.path(), long_run({"--spool-dtype", dtype}, "12")).exit_code, 0);
    depths.push_back(read_npy(folder / "output/clip_pred.npy"));
  }
  EXPECT_LT(testing::largest_difference(depths[0], depths[1]), 1e-4);
  EXPECT_FALSE(at::equal(depths[0], depths[1]));
}

// Runs it with no file allowed beyond `kilobytes`, which ends writes as a full disk does.
int run_limited(const fs::path& folder, const Words& arguments, int kilobytes, std::string& said) {
  // The shell counts in blocks of 512 bytes.
  std::string command =
      "ulimit -f " + std::to_string(2 * kilobytes) + "; exec '" ROLLINGDEPTH_PROGRAM "'";
  for (const std::string& word : arguments) command += " '" + word + "'";
  Program program(folder, "/bin/sh", {"-c", command});
  const int exit_code = program.wait();
  said = program.err();
  return exit_code;
}

TEST(FullSpool, EndsTheRunAndKeepsTheJob) {
  const TemporaryFolder folder;
  const Words arguments = long_run({});
  std::string said;
  EXPECT_EQ(run_limited(folder.path(), arguments, 100, said), 1);
  Words errors;
  for (const std::string& line : lines_of(said)) {
    if (line.starts_with("rollingdepth: error: ")) errors.push_back(line);
  }
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_THAT(errors.front(),
              AllOf(HasSubstr("clip.mp4: the spool takes "), HasSubstr(" of disk in all: "),
                    HasSubstr("cannot write the spool in output/clip.job: File")));
  EXPECT_THAT(said, HasSubstr("stopped; the same command goes on from output/clip.job"));
  for (const auto& [name, hash] : outputs_in(folder.path())) {
    EXPECT_TRUE(name.starts_with("clip.job")) << name;
  }
  EXPECT_TRUE(holds_bytes(job_in(folder.path()) / "maps-1.spool"));

  const ProgramResult next = run_program(folder.path(), arguments);
  EXPECT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr("goes on where"));
  EXPECT_EQ(outputs_in(folder.path()), outputs_of(arguments));
}

}  // namespace
}  // namespace rollingdepth
