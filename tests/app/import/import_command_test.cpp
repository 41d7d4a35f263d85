#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

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
using testing::Program;
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

// Somebody's checkpoint, or other packages, would go with it.
TEST(ImportCommand, LeavesAPackageWithSomethingElseAlone) {
  const TemporaryFolder folder;
  const Words words = {"mine/tiny.pth", "mine", "--template", data_file("vda/template"),
                       "--overwrite"};
  fs::create_directory(folder / "mine");
  std::ofstream(folder / "mine/model.json") << "{}";
  fs::copy(data_file("vda/tiny.pth"), folder / "mine/tiny.pth");
  expect_refused(
      folder, "import",
      {.name = "", .arguments = words, .exit_code = 1, .said = "holds tiny.pth, which is no part"});
}

TEST(ImportCommand, LeavesALinkAloneHoweverItIsSpelt) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "real");
  fs::create_directory_symlink("real", folder / "link");
  fs::create_directory_symlink("nothing", folder / "dangling");
  for (const std::string link : {"link/", "dangling/"}) {
    expect_refused(folder, "import",
                   {.name = "",
                    .arguments = {checkpoint(), link, "--template", made_from(), "--overwrite"},
                    .exit_code = 1,
                    .said = "is no folder; it is left alone"});
    EXPECT_TRUE(fs::is_symlink(folder / link.substr(0, link.size() - 1)));
  }
}

TEST(ImportCommand, RemovesTheFoldersAboveWhereNothingIsMade) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "a");
  EXPECT_EQ(import(folder, {"none.pth", "a/b/c/mine"}).exit_code, 1);
  EXPECT_TRUE(fs::exists(folder / "a"));
  EXPECT_FALSE(fs::exists(folder / "a/b"));
}

TEST(ImportCommand, TakesOverWhatAKilledProcessHasLeft) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "mine.partial/check");
  std::ofstream(folder / "mine.partial/camera.ts") << "half";
  const ProgramResult made = import(folder, {checkpoint(), "mine", "--template", made_from()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(files_below(folder / "mine"),
              ElementsAre("decoder.ts", "encoder.ts", "model.json", "unet.ts"));
  EXPECT_FALSE(fs::exists(folder / "mine.partial"));
}

/// Has the partial folder as another process has that is at work in it.
class AtWork {
 public:
  explicit AtWork(const fs::path& partial) {
    fs::create_directories(partial);
    std::ofstream(partial / "unet.ts") << "half";
    descriptor_ = ::open(partial.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    EXPECT_EQ(::flock(descriptor_, LOCK_EX | LOCK_NB), 0);
  }
  ~AtWork() { ::close(descriptor_); }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

 private:
  int descriptor_ = -1;
};

TEST(ImportCommand, LeavesAnotherProcessAtWork) {
  const TemporaryFolder folder;
  const AtWork other(folder / "mine.partial");
  expect_refused(folder, "import",
                 {.name = "",
                  .arguments = {checkpoint(), "mine", "--template", made_from()},
                  .exit_code = 1,
                  .said = "mine: another rollingdepth is making it"});
  EXPECT_EQ(text_of(folder / "mine.partial/unet.ts"), "half");
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
        Refusal{.name = "Here", .arguments = {"a.pth", "b/."}, .said = "'b/.' is no name"},
        Refusal{.name = "Above", .arguments = {"a.pth", "../"}, .said = "'../' is no name"},
        Refusal{.name = "Empty", .arguments = {"a.pth", ""}, .said = "'' is no name"},
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
  [[nodiscard]] Words words() const {
    Words words = small_run({"-i", case_clip("fast"), "-c", checkpoint_, "--import", "--cmap", "",
                             "--save-sbs", "false", "--overwrite"});
    words.insert(words.begin(),
                 {"XDG_CACHE_HOME=" + (folder_ / "cache").string(),
                  "ROLLINGDEPTH_MODELS=" + (folder_ / "models").string(), ROLLINGDEPTH_PROGRAM});
    return words;
  }
  ProgramResult run() { return run_program(folder_.path(), "/usr/bin/env", words()); }
  /// The one folder of the cache.
  [[nodiscard]] fs::path cached() const {
    std::vector<fs::path> packages;
    for (const auto& entry : fs::directory_iterator(folder_ / "cache/rollingdepth/models")) {
      packages.push_back(entry.path());
    }
    EXPECT_EQ(packages.size(), 1U);
    return packages.empty() ? fs::path() : packages.front();
  }

  TemporaryFolder folder_;
  std::string checkpoint_ = checkpoint();
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

TEST_F(ImportingRun, WaitsForAnotherThatImportsTheSame) {
  ASSERT_EQ(run().exit_code, 0);
  const fs::path package = cached();
  fs::path partial = package;
  partial += ".partial";
  fs::rename(package, folder_ / "made");
  auto other = std::make_optional<AtWork>(partial);
  Program waiting(folder_.path(), "/usr/bin/env", words());
  ASSERT_TRUE(waiting.wait_until(
      [&] { return waiting.err().find("waiting for it") != std::string::npos; }));
  // The other one is done.
  fs::remove_all(partial);
  fs::rename(folder_ / "made", package);
  other.reset();
  EXPECT_EQ(waiting.wait(), 0) << waiting.err();
  EXPECT_THAT(waiting.err(), Not(HasSubstr("importing ")));
  EXPECT_EQ(cached(), package);
}

TEST_F(ImportingRun, CanBeStoppedWhileItWaits) {
  ASSERT_EQ(run().exit_code, 0);
  const fs::path package = cached();
  fs::path partial = package;
  partial += ".partial";
  fs::remove_all(package);
  const AtWork other(partial);
  Program waiting(folder_.path(), "/usr/bin/env", words());
  EXPECT_TRUE(waiting.signal_when_said("waiting for it", SIGTERM, std::chrono::seconds(60)));
  EXPECT_EQ(waiting.wait(), 75);
  EXPECT_EQ(text_of(partial / "unet.ts"), "half");
}

// A checkpoint may be put together of links to the parts of others.
TEST_F(ImportingRun, ImportsAnewWhereAPartBehindALinkHasChanged) {
  const fs::path parts = folder_ / "parts";
  fs::copy(checkpoint(), parts, fs::copy_options::recursive);
  fs::create_directory(folder_ / "linked");
  for (const char* part : {"unet", "vae", "text_encoder", "tokenizer", "scheduler"}) {
    fs::create_directory_symlink(parts / part, folder_ / "linked" / part);
  }
  checkpoint_ = (folder_ / "linked").string();
  ASSERT_EQ(run().exit_code, 0);
  EXPECT_TRUE(cached().filename().string().starts_with("linked-"));
  const fs::path file = parts / "vae/config.json";
  fs::last_write_time(file, fs::last_write_time(file) + std::chrono::hours(1));
  const ProgramResult second = run();
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("importing "));
}

}  // namespace
}  // namespace rollingdepth
