#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "app/refusal.hpp"
#include "data_file.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using testing::case_clip;
using testing::data_file;
using ::testing::ElementsAre;
using testing::expect_refused;
using testing::files_below;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProgramResult;
using testing::Refusal;
using testing::run_program;
using testing::small_run;
using testing::TemporaryFolder;
using testing::text_of;
using Words = std::vector<std::string>;

std::string checkpoint() { return data_file("checkpoints/b"); }
std::string made_from() { return data_file("templates/b"); }

ProgramResult import(const TemporaryFolder& folder, Words words) {
  words.insert(words.begin(), "import");
  return run_program(folder.path(), words);
}

TEST(ImportCommand, MakesAPackageThatRuns) {
  const TemporaryFolder folder;
  const ProgramResult made = import(folder, {checkpoint(), "models/mine/", "--template",
                                             made_from(), "--check", "--name", "mine"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("models/mine: "));
  EXPECT_THAT(files_below(folder / "models"),
              ElementsAre("mine/decoder.ts", "mine/encoder.ts", "mine/model.json", "mine/unet.ts"));
  const ProgramResult run = run_program(
      folder.path(), small_run({"-i", case_clip("fast"), "-c", "models/mine", "--cmap", ""}));
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("model mine"));
}

TEST(ImportCommand, ReplacesAPackageWhereItIsTold) {
  const TemporaryFolder folder;
  const Words words = {checkpoint(), "mine", "--template", made_from(), "--quiet"};
  ASSERT_EQ(import(folder, words).exit_code, 0);
  expect_refused(
      folder, "import",
      {.name = "", .arguments = words, .exit_code = 1, .said = "--overwrite replaces it"});
  Words again = words;
  again.insert(again.end(), {"--overwrite", "--dtype", "fp16"});
  const ProgramResult replaced = import(folder, again);
  ASSERT_EQ(replaced.exit_code, 0) << replaced.err;
  EXPECT_THAT(text_of(folder / "mine/model.json"), HasSubstr("\"dtype\": \"float16\""));
}

TEST(ImportCommand, LeavesAFolderWithSomethingElseAlone) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "mine");
  std::ofstream(folder / "mine/diary.txt") << "today";
  expect_refused(folder, "import",
                 {.name = "",
                  .arguments = {checkpoint(), "mine", "--template", made_from(), "--overwrite"},
                  .exit_code = 1,
                  .said = "it is left alone"});
}

class ImportRefusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(ImportRefusals, GiveOneLineTheirExitCodeAndNoFiles) {
  expect_refused(TemporaryFolder(), "import", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Import, ImportRefusals,
    ::testing::Values(
        Refusal{.name = "Nothing", .arguments = {}, .said = "no checkpoint"},
        Refusal{.name = "NoFolder", .arguments = {"a.pth"}, .said = "no folder for the package"},
        Refusal{.name = "ThreeWords", .arguments = {"a.pth", "b", "c"}, .said = "'c' is too much"},
        Refusal{.name = "Dtype", .arguments = {"a.pth", "b", "--dtype", "bf16"}, .said = "--dtype"},
        Refusal{.name = "Float32In",
                .arguments = {"a.pth", "b", "--float32-in", "decoder"},
                .said = "--float32-in"},
        Refusal{.name = "Lines", .arguments = {"a.pth", "b", "--name", "a\nb"}, .said = "--name"},
        Refusal{.name = "Res", .arguments = {"a.pth", "b", "--res", "4"}, .said = "--res"},
        Refusal{.name = "NoFile",
                .arguments = {"a.pth", "b"},
                .exit_code = 1,
                .said = "a.pth: no such file or folder"},
        Refusal{.name = "Tiny",
                .arguments = {checkpoint(), "b"},
                .exit_code = 1,
                .said = "does not fit the template 'RollingDepth'"},
        Refusal{.name = "NoTemplate",
                .arguments = {checkpoint(), "b", "--template", "none"},
                .exit_code = 1,
                .said = "cannot use the template none"}),
    [](const auto& refusal) { return refusal.param.name; });

TEST(ImportCommand, IsNamedToWhoRunsACheckpoint) {
  const TemporaryFolder folder;
  fs::copy(data_file("vda/tiny.pth"), folder / "tiny.pth");
  for (const std::string& unpacked : {checkpoint(), std::string("tiny.pth")}) {
    const ProgramResult run =
        run_program(folder.path(), small_run({"-i", case_clip("fast"), "-c", unpacked}));
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.err, HasSubstr("`rollingdepth import " + unpacked + " models/"));
  }
}

/// Templates where a run looks for them, and a cache of the test's own.
class ImportingRun : public ::testing::Test {
 protected:
  ImportingRun() {
    fs::create_directories(folder_ / "models");
    fs::copy(data_file("templates"), folder_ / "models/templates", fs::copy_options::recursive);
  }
  ProgramResult run() {
    Words words = small_run({"-i", case_clip("fast"), "-c", checkpoint(), "--import", "--cmap", "",
                             "--save-sbs", "false", "--overwrite"});
    words.insert(words.begin(),
                 {"XDG_CACHE_HOME=" + (folder_ / "cache").string(),
                  "ROLLINGDEPTH_MODELS=" + (folder_ / "models").string(), ROLLINGDEPTH_PROGRAM});
    return run_program(folder_.path(), "/usr/bin/env", words);
  }

  TemporaryFolder folder_;
};

TEST_F(ImportingRun, ImportsOnceAndRuns) {
  const ProgramResult first = run();
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("importing "));
  const std::vector<std::string> cached = files_below(folder_ / "cache/rollingdepth/models");
  EXPECT_EQ(cached.size(), 4U);
  const ProgramResult second = run();
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.err, Not(HasSubstr("importing ")));
  EXPECT_EQ(files_below(folder_ / "cache/rollingdepth/models"), cached);
}

}  // namespace
}  // namespace rollingdepth
