// --log-file as a user meets it: what one attaches to a bug report.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "app/refusal.hpp"
#include "app/run/stopped_run.hpp"
#include "own_networks.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::case_clip;
using ::testing::Contains;
using ::testing::Each;
using ::testing::EndsWith;
using testing::expect_refused;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::joined;
using testing::lines_of;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::ProgramResult;
using testing::Refusal;
using testing::run_program;
using testing::small_run;
using testing::stop_at;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Words;

const Words kNpyOnly = {"--cmap", "", "--save-sbs", "false"};

Words logged_run(const Words& more = {}) {
  return small_run(
      joined(joined({"-i", case_clip("fast"), "--log-file", "run.log"}, kNpyOnly), more));
}

/// "info computes", without time and thread; every line must have them.
Words messages_in(const fs::path& file) {
  Words messages;
  for (const std::string& line : lines_of(text_of(file))) {
    EXPECT_THAT(line, MatchesRegex(R"(\[.{29,30}\] \[[a-z]+\] \[[0-9]+\] .*)"));
    const std::size_t level = line.find("] [") + 3, thread = line.find("] [", level);
    const std::size_t message = line.find("] ", thread + 3) + 2;
    messages.push_back(line.substr(level, thread - level) + " " + line.substr(message));
  }
  return messages;
}

TEST(LogFile, HoldsNoPasswordsOfAddresses) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(
      folder.path(), {"live", "-i", "none.mp4", "-o", "rtmp://me:secret1@localhost/a?key=secret2",
                      "--log-file", "run.log"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  const std::string log = text_of(folder / "run.log");
  EXPECT_THAT(log, HasSubstr("-o 'rtmp://localhost/a?...'"));
  EXPECT_THAT(log, HasSubstr("'--output=rtmp://localhost/a?...'"));
  EXPECT_THAT(log, Not(HasSubstr("secret")));
}

TEST(LogFile, TellsOfARunWhatABugReportNeeds) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(folder.path(), logged_run());
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Words messages = messages_in(folder / "run.log");
  ASSERT_THAT(messages, Not(IsEmpty()));
  EXPECT_THAT(messages.front(),
              MatchesRegex("info log of rollingdepth [0-9.]+( \\(commit [0-9a-z-]+\\))?"));
  EXPECT_THAT(messages, Contains(AllOf(HasSubstr("command: rollingdepth -i "),
                                       HasSubstr("--log-file run.log --cmap '' --save-sbs"))));
  EXPECT_THAT(messages, Contains("info folder: " + fs::canonical(folder.path()).string()));
  EXPECT_THAT(messages, Contains(AllOf(HasSubstr("libraries: LibTorch 2."), HasSubstr("libavcodec"),
                                       HasSubstr("OpenCV "))));
  EXPECT_THAT(messages, Contains(MatchesRegex("info system: .*core.*")));
  EXPECT_THAT(messages, Contains(HasSubstr("environment: ROLLINGDEPTH_MODELS=")));
  EXPECT_THAT(messages, Contains(AllOf(HasSubstr("info options: --input="),
                                       HasSubstr("--log-file=run.log"))));
  EXPECT_THAT(messages, Contains(AllOf(HasSubstr("info device cpu, kernels "),
                                       HasSubstr("fp32, CPU threads 1"))));
  EXPECT_THAT(messages, Contains(MatchesRegex("debug model hash [0-9a-f]+")));
  EXPECT_THAT(messages,
              Contains(MatchesRegex(
                  "info 1 thread, frames per encoder or decoder call: [0-9]+, snippets .*[0-9]+")));
  for (const char* stage : {"encode", "snippets", "align", "merge", "write"}) {
    EXPECT_THAT(messages,
                Contains(AllOf(HasSubstr(std::string("debug   ") + stage), HasSubstr(" begins"))));
    EXPECT_THAT(messages, Contains(MatchesRegex(std::string("info   ") + stage + " .* [0-9.]+ s")));
  }
  EXPECT_THAT(messages.back(), MatchesRegex("info exit code 0 after [0-9.]+ s"));
  EXPECT_THAT(text_of(folder / "run.log"), Not(HasSubstr("\033")));
}

// The screen shows what it shows without a log.
TEST(LogFile, ChangesNothingOnTheScreen) {
  const TemporaryFolder folder, usual;
  const auto without_numbers = [](std::string text) {
    std::erase_if(text,
                  [](unsigned char c) { return std::isdigit(c) != 0 || c == '.' || c == ' '; });
    return text;
  };
  const Words quiet = {"--quiet"};
  for (const Words& more : {Words{}, quiet}) {
    const ProgramResult with =
        run_program(folder.path(), joined(logged_run(more), {"--overwrite"}));
    Words words = logged_run(more);
    std::erase(words, "--log-file");
    std::erase(words, "run.log");
    const ProgramResult without = run_program(usual.path(), joined(words, {"--overwrite"}));
    EXPECT_EQ(with.out, without.out);
    EXPECT_EQ(without_numbers(with.err), without_numbers(without.err));
  }
  EXPECT_THAT(messages_in(folder / "run.log"), Contains(HasSubstr("info   encode ")));
}

TEST(LogFile, HoldsWhatLibrariesSay) {
  const TemporaryFolder folder;
  std::ofstream(folder / "bad.mp4") << text_of(case_clip("fast")).substr(0, 3000);
  const ProgramResult result =
      run_program(folder.path(), {"-i", "bad.mp4", "--log-file", "run.log"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, Not(HasSubstr("moov")));
  EXPECT_THAT(messages_in(folder / "run.log"),
              Contains(AllOf(HasSubstr("debug [mov"), HasSubstr("moov atom not found"))));
}

TEST(LogFile, LeavesOutWhatItsLevelLeavesOut) {
  const TemporaryFolder folder;
  ASSERT_EQ(run_program(folder.path(), logged_run({"--log-level", "info"})).exit_code, 0);
  EXPECT_THAT(messages_in(folder / "run.log"), Each(Not(HasSubstr("debug"))));
  ASSERT_EQ(
      run_program(folder.path(), logged_run({"--log-level", "error", "--overwrite"})).exit_code, 0);
  const Words messages = messages_in(folder / "run.log");
  EXPECT_THAT(messages, Contains(HasSubstr("command: rollingdepth")));
  EXPECT_THAT(messages, Each(Not(HasSubstr("encode"))));
}

TEST(LogFile, EndsWithTheSignalThatStoppedTheRun) {
  const TemporaryFolder folder;
  const ProgramResult result = stop_at(folder.path(), logged_run(), "snippets:1", SIGINT);
  EXPECT_EQ(result.exit_code, 130);
  const Words messages = messages_in(folder / "run.log");
  EXPECT_THAT(messages, Contains("error interrupted"));
  EXPECT_THAT(messages, Contains(HasSubstr("the same command goes on from")));
  EXPECT_THAT(messages.back(), HasSubstr("exit code 130"));
}

TEST(LogFile, IsWholeUpToTheMomentWhereTheRunWasKilled) {
  const TemporaryFolder folder;
  stop_at(folder.path(), logged_run(), "snippets:1", SIGKILL);
  EXPECT_THAT(messages_in(folder / "run.log").back(), HasSubstr("snippets  begins"));
}

TEST(LogFile, MayBeOnAFullDisk) {
  const TemporaryFolder folder;
  Words words = logged_run();
  std::replace(words.begin(), words.end(), std::string("run.log"), std::string("/dev/full"));
  const ProgramResult result = run_program(folder.path(), words);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(fs::exists(folder / "output/clip_pred.npy"));
  Words warnings = lines_of(result.err);
  std::erase_if(warnings, [](const auto& line) { return line.find("the log") == line.npos; });
  EXPECT_THAT(warnings,
              ::testing::ElementsAre(AllOf(HasSubstr("warning: cannot write the log /dev/full: "),
                                           EndsWith("its log is not whole"))));
}

TEST(LogFile, IsRefusedAtOnceWhereItCannotBeWritten) {
  for (const Refusal& refusal :
       {Refusal{"Folder", {"clip.mp4", "--log-file", "folder"}, 2, "is a folder"},
        Refusal{"Input", {"clip.mp4", "--log-file", "clip.mp4"}, 2, "is no log"},
        Refusal{"Other", {"clip.mp4", "--log-file", "notes.txt"}, 2, "is no log"},
        Refusal{"Beneath",
                {"clip.mp4", "--log-file", "notes.txt/run.log"},
                1,
                "cannot write notes.txt/run.log: Not a directory"}}) {
    SCOPED_TRACE(refusal.name);
    const TemporaryFolder folder;
    fs::create_directory(folder / "folder");
    fs::copy(case_clip("fast"), folder / "clip.mp4");
    std::ofstream(folder / "notes.txt") << "mine\n";
    expect_refused(folder, "-i", refusal);
    EXPECT_EQ(text_of(folder / "notes.txt"), "mine\n");
    EXPECT_EQ(text_of(folder / "clip.mp4"), text_of(case_clip("fast")));
  }
}

TEST(LogFile, ReplacesThatOfAnEarlierRun) {
  const TemporaryFolder folder;
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(run_program(folder.path(), logged_run({"--overwrite"})).exit_code, 0);
  }
  const Words messages = messages_in(folder / "run.log");
  EXPECT_EQ(std::count_if(messages.begin(), messages.end(),
                          [](const auto& line) { return line.find("log of") != line.npos; }),
            1);
}

// Two settings, a run each and no other.
TEST(LogFile, OfABenchHoldsThoseOfItsRuns) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(folder.path(), {"bench",
                                                           "-i",
                                                           case_clip("fast"),
                                                           "--work-dir",
                                                           ".",
                                                           "--log-file",
                                                           "bench.log",
                                                           "--setting",
                                                           "one: --seed 1",
                                                           "two: --seed 2",
                                                           "--repeats",
                                                           "1",
                                                           "--against",
                                                           "none",
                                                           "--",
                                                           "--res",
                                                           "0",
                                                           "--frames",
                                                           "5",
                                                           "--device",
                                                           "cpu",
                                                           "--quality",
                                                           "ultra_fast",
                                                           "--threads",
                                                           "1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Words messages = messages_in(folder / "bench.log");
  for (const char* name : {"one", "two"}) {
    EXPECT_THAT(messages, Contains(AllOf(HasSubstr(std::string(name) + " | ["),
                                         HasSubstr("] log of rollingdepth "))));
    EXPECT_THAT(messages,
                Contains(AllOf(HasSubstr(std::string(name) + " | ["), HasSubstr("exit code 0"))));
  }
  EXPECT_THAT(messages.back(), HasSubstr("exit code 0"));
}

TEST(LogFile, OfAComparisonTellsOfIt) {
  const TemporaryFolder folder;
  const std::string depth = testing::data_file("cases") / "full/depth_pred.npy";
  const ProgramResult result =
      run_program(folder.path(), {"compare", depth, depth, "--quiet", "--log-file", "compare.log"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Words messages = messages_in(folder / "compare.log");
  EXPECT_THAT(messages, Contains(HasSubstr("command: rollingdepth compare ")));
  EXPECT_THAT(messages.back(), HasSubstr("exit code 0"));
}

class LogOfFailure : public testing::OwnNetworks {
 protected:
  /// The messages of a run whose decoder has this body.
  Words messages(const std::string& body, int exit_code) {
    replace("decoder.ts", "\n      def forward(self, x):\n        " + body + "\n    ");
    const ProgramResult result = run_program(
        folder_.path(), logged_run({"--checkpoint", package_.string(), "--max-vae-bs", "4"}));
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return messages_in(folder_ / "run.log");
  }
};

TEST_F(LogOfFailure, HoldsTheWholeChainOfAnError) {
  const Words found = messages("assert x.size(0) < 0, \"the moon is full\"\n        return x", 1);
  EXPECT_THAT(found, Contains(AllOf(HasSubstr("clip.mp4: the decoder failed on cpu"),
                                    EndsWith("the moon is full"))));
  // What LibTorch says before its last line: where in the network it was.
  EXPECT_THAT(found, Contains("debug caused by"));
  EXPECT_THAT(found,
              Contains(HasSubstr("debug   The following operation failed in the TorchScript")));
  EXPECT_THAT(found.back(), HasSubstr("exit code 1"));
}

TEST_F(LogOfFailure, TellsOfACallThatWasHalved) {
  const Words found = messages(
      "assert x.size(0) <= 2, \"CUDA out of memory\"\n        "
      "return x[:, 0:1].repeat_interleave(8, 2).repeat_interleave(8, 3)",
      0);
  EXPECT_THAT(found, Contains(AllOf(HasSubstr("warning clip.mp4: out of memory on cpu"),
                                    EndsWith("went on with 2"))));
}

TEST_F(LogOfFailure, TellsOfACallThatWasHalvedBeforeTheRunFailed) {
  const Words found =
      messages("assert x.size(0) < 0, \"CUDA out of memory\"\n        return x", 75);
  EXPECT_THAT(found, Contains(AllOf(HasSubstr("warning out of memory on cpu"),
                                    HasSubstr("with 4 frames at once; went on with 1"))));
}

}  // namespace
}  // namespace rollingdepth
