// Which inputs a batch runs, and what their outputs are called.
#include <gmock/gmock.h>

#include <fstream>

#include "app/program.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using testing::case_clip;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProgramResult;
using testing::run_program;
using testing::small_run;
using testing::TemporaryFolder;

// The recorded clips under names that differ in their extension alone.
class TwoContainers : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "clips");
    fs::copy(case_clip("fast"), folder_ / "clips/a.mp4");
    fs::copy(case_clip("pairs"), folder_ / "clips/a.mov");
  }
  ProgramResult run(const std::string& input, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"-i", input, "--cmap", "", "--no-save-sbs"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(folder_.path(), small_run(words));
  }

  TemporaryFolder folder_;
};

TEST_F(TwoContainers, RunInOneBatchAndKeepTheirNames) {
  const ProgramResult dry = run("clips", {"--dry-run"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.err, HasSubstr("note: the outputs of clips/a.mov and clips/a.mp4 would have the "
                                 "same names: they are called a.mov_..., a.mp4_..."));
  EXPECT_THAT(dry.out, HasSubstr("output/a.mov_pred.npy"));

  EXPECT_EQ(run("clips").exit_code, 0);
  for (const char* name : {"a.mov_pred.npy", "a.mov_report.json", "a.mp4_pred.npy"}) {
    EXPECT_TRUE(fs::exists(folder_ / "output" / name)) << name;
  }
  // One of them alone, later: its outputs are found.
  const ProgramResult one = run("clips/a.mov");
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_THAT(one.err, HasSubstr("a.mov · skipped"));
  EXPECT_FALSE(fs::exists(folder_ / "output/a_pred.npy"));
}

TEST_F(TwoContainers, RunOnceHoweverOftenTheyAreNamed) {
  fs::create_symlink("a.mp4", folder_ / "clips/b.mp4");
  std::ofstream(folder_ / "LIST.TXT") << "clips/a.mp4\r\n# twice\r\nclips/b.mp4\r\n";
  const ProgramResult result = run("LIST.TXT", {"-i", "clips/a.mp4"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("note: clips/a.mp4 is named more than once and runs once"));
  EXPECT_THAT(result.err, HasSubstr("note: clips/b.mp4 is clips/a.mp4 under another name"));
  EXPECT_THAT(testing::files_below(folder_ / "output"),
              ::testing::ElementsAre("a_pred.npy", "a_report.json"));
}

}  // namespace
}  // namespace rollingdepth
