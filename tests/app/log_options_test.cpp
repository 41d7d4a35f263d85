#include "app/log_options.hpp"

#include <gmock/gmock.h>

#include "app/command_line.hpp"
#include "error_matchers.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using Words = std::vector<std::string>;

/// A run and every sub-command, complete but for `more`.
std::vector<Words> commands_with(const Words& more) {
  std::vector<Words> commands = {{"-i", "clip.mp4"},
                                 {"align", "a.npz", "-o", "b.npy"},
                                 {"compare", "a.npy", "b.npy"},
                                 {"bench", "-i", "clip.mp4"}};
  for (Words& words : commands) words.insert(words.end(), more.begin(), more.end());
  return commands;
}

TEST(LogOptions, AreThoseOfEveryCommand) {
  for (const Words& words : commands_with({"--log-file", "run.log", "--log-level", "warning"})) {
    const LogOptions options = parse_command_line(words).log;
    EXPECT_EQ(options.file, "run.log") << words.front();
    EXPECT_EQ(options.level, LogLevel::kWarning) << words.front();
  }
}

TEST(LogOptions, KnowWhatWasGivenWherever) {
  ::setenv("ROLLINGDEPTH_THREADS", "3", 1);
  const Words words =
      parse_command_line({"compare", "a.npy", "b.npy", "--log-file", "run.log"}).log.words;
  ::unsetenv("ROLLINGDEPTH_THREADS");
  EXPECT_THAT(words, ::testing::IsSupersetOf({"--log-file=run.log", "--threads=3"}));
}

TEST(LogOptions, AskForNoLogByDefault) {
  for (const Words& words : commands_with({})) {
    EXPECT_TRUE(parse_command_line(words).log.file.empty()) << words.front();
  }
}

TEST(LogOptions, RefuseALevelWithoutAFileAndALevelThatThereIsNot) {
  for (const Words& words : commands_with({"--log-level", "info"})) {
    EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { parse_command_line(words); }),
                HasSubstr("--log-level: needs --log-file"));
  }
  for (const Words& words : commands_with({"--log-file", "run.log", "--log-level", "loud"})) {
    EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { parse_command_line(words); }),
                HasSubstr("--log-level: 'loud' is none of error, warning, info, debug"));
  }
}

TEST(LogOptions, AreHandedOnWithAnotherFile) {
  EXPECT_THAT(log_arguments({.file = "a.log", .level = {}}, "b.log"),
              ElementsAre("--log-file", "b.log", "--log-level", "debug"));
  EXPECT_THAT(log_arguments({.file = "a.log", .level = LogLevel::kError}, "b.log"),
              ElementsAre("--log-file", "b.log", "--log-level", "error"));
}

}  // namespace
}  // namespace rollingdepth
