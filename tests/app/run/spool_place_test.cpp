// Where the spool goes, and how exact it is.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "media/npy.hpp"
#include "parity.hpp"
#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::files_below;
using ::testing::HasSubstr;
using testing::long_run;
using ::testing::MatchesRegex;
using testing::outputs_in;
using testing::outputs_of;
using testing::ProgramResult;
using testing::run_program;
using testing::stop_at;
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
  stop_at(folder.path(), arguments, "snippets:2", SIGKILL);
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

}  // namespace
}  // namespace rollingdepth
