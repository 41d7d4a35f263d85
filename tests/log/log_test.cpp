#include "log/log.hpp"

#include <gmock/gmock.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using testing::TemporaryFolder;

constexpr std::array kLevels = {LogLevel::kError, LogLevel::kWarning, LogLevel::kInfo,
                                LogLevel::kDebug};

std::vector<std::string> lines_in(std::istream& stream) {
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  return lines_in(stream);
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream stream(file);
  return lines_in(stream);
}

/// A log over a string and, once opened, a file.
class LogTest : public ::testing::Test {
 protected:
  void say_all() {
    log_.write(LogLevel::kError, "e");
    log_.write(LogLevel::kWarning, "w");
    log_.write(LogLevel::kInfo, "i");
    log_.write(LogLevel::kDebug, "d");
  }
  void open(LogLevel level = LogLevel::kDebug) { log_.open_file(file_.string(), level, {}); }

  TemporaryFolder folder_;
  fs::path file_ = folder_ / "run.log";
  std::ostringstream status_;
  Log log_{status_, /*color=*/false};
};

TEST_F(LogTest, ShowsAsMuchAsItsLevelSays) {
  const std::vector<std::string> shown = {"rollingdepth: error: e\n", "rollingdepth: warning: w\n",
                                          "i\n", "d\n"};
  std::string expected;
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    status_.str("");
    log_.set_status_level(kLevels[i]);
    say_all();
    expected += shown[i];
    EXPECT_EQ(status_.str(), expected);
  }
}

TEST_F(LogTest, ShowsInformationAndNoDetailsAtFirst) {
  say_all();
  EXPECT_THAT(status_.str(), EndsWith("\ni\n"));
}

TEST_F(LogTest, ColorsTheWordsThatWarn) {
  Log log(status_, /*color=*/true);
  log.write(LogLevel::kError, "e");
  log.write(LogLevel::kWarning, "w");
  EXPECT_EQ(status_.str(),
            "rollingdepth: \033[31merror\033[0m: e\nrollingdepth: \033[33mwarning\033[0m: w\n");
}

TEST_F(LogTest, RecordsAsMuchAsTheFilesLevelSaysHoweverQuietTheScreenIs) {
  log_.set_status_level(LogLevel::kError);
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    Log log(status_, false);
    log.set_status_level(LogLevel::kError);
    log.open_file(file_.string(), kLevels[i], {});
    for (const LogLevel level : kLevels) {
      EXPECT_EQ(log.records(level), level <= kLevels[i]);
      log.record(level, "some words");
    }
    EXPECT_THAT(lines_of(file_), SizeIs(i + 1));
  }
  EXPECT_THAT(status_.str(), IsEmpty());
}

TEST_F(LogTest, GivesEachLineTimeLevelAndThread) {
  open();
  say_all();
  const std::string time = R"(\[[0-9-]+ [0-9:]+\.[0-9]+ [+-][0-9:]+\])";
  EXPECT_THAT(lines_of(file_), ElementsAre(MatchesRegex(time + R"( \[error\] \[[0-9]+\] e)"),
                                           MatchesRegex(time + R"( \[warning\] \[[0-9]+\] w)"),
                                           MatchesRegex(time + R"( \[info\] \[[0-9]+\] i)"),
                                           MatchesRegex(time + R"( \[debug\] \[[0-9]+\] d)")));
}

TEST_F(LogTest, BeginsWithItsFirstLinesAtAnyLevel) {
  log_.open_file(file_.string(), LogLevel::kError, {"command", "folder"});
  log_.record(LogLevel::kInfo, "not this");
  EXPECT_THAT(lines_of(file_), ElementsAre(EndsWith("] command"), EndsWith("] folder")));
}

TEST_F(LogTest, ReplacesAnOlderFileAndMakesItsFolder) {
  file_ = folder_ / "new/deep/run.log";
  open();
  log_.record(LogLevel::kInfo, "old");
  Log again(status_, false);
  again.open_file(file_.string(), LogLevel::kDebug, {});
  again.record(LogLevel::kInfo, "new");
  EXPECT_THAT(lines_of(file_), ElementsAre(EndsWith("] new")));
}

TEST_F(LogTest, KeepsBracesAndPercentSignsAsTheyAre) {
  open();
  log_.write(LogLevel::kInfo, "{} {0} %v 100 %");
  EXPECT_EQ(status_.str(), "{} {0} %v 100 %\n");
  EXPECT_THAT(lines_of(file_), ElementsAre(EndsWith("] {} {0} %v 100 %")));
}

// What is in the file is there before the next call: a crash loses nothing.
TEST_F(LogTest, WritesEachLineAtOnce) {
  open();
  for (std::size_t i = 1; i <= 3; ++i) {
    log_.record(LogLevel::kDebug, "line");
    EXPECT_THAT(lines_of(file_), SizeIs(i));
  }
}

TEST_F(LogTest, SaysWhyAFileCannotBeOpened) {
  std::ofstream(folder_ / "file") << "no folder";
  try {
    log_.open_file(folder_ / "file/run.log", LogLevel::kDebug, {});
    FAIL() << "opened";
  } catch (const LogFileError& error) {
    EXPECT_STREQ(error.what(), "Not a directory");
  }
  say_all();
  EXPECT_THAT(status_.str(), EndsWith("\ni\n"));
}

TEST_F(LogTest, WarnsOnceWhereTheDiskIsFullAndGoesOn) {
  log_.open_file("/dev/full", LogLevel::kDebug, {});
  log_.set_status_level(LogLevel::kWarning);
  for (int i = 0; i < 3; ++i) log_.write(LogLevel::kInfo, "words");
  EXPECT_THAT(lines_of(status_.str()),
              ElementsAre("rollingdepth: warning: cannot write the log /dev/full: No space left on "
                          "device; the run goes on, its log is not whole"));
}

TEST_F(LogTest, ClearsWhatIsDrawnBeforeALine) {
  log_.draw("bar");
  log_.draw("bar 2");
  log_.write(LogLevel::kWarning, "w");
  log_.write(LogLevel::kInfo, "i");
  EXPECT_EQ(status_.str(), "\r\033[Kbar\r\033[Kbar 2\r\033[Krollingdepth: warning: w\ni\n");
}

TEST_F(LogTest, LeavesTheBarWhereALineIsNotShown) {
  log_.draw("bar");
  log_.write(LogLevel::kDebug, "d");
  EXPECT_EQ(status_.str(), "\r\033[Kbar");
}

TEST_F(LogTest, DrawsNothingWhereItIsQuiet) {
  log_.set_status_level(LogLevel::kWarning);
  log_.draw("bar");
  EXPECT_THAT(status_.str(), IsEmpty());
}

TEST_F(LogTest, ClearsTheBarAtTheEnd) {
  {
    Log log(status_, false);
    log.draw("bar");
  }
  EXPECT_EQ(status_.str(), "\r\033[Kbar\r\033[K");
}

TEST_F(LogTest, RecordsWhatOnlyTheFileIsForAndShowsWhatOnlyTheScreenIsFor) {
  open();
  log_.show(LogLevel::kInfo, "shown");
  log_.record(LogLevel::kInfo, "recorded");
  EXPECT_EQ(status_.str(), "shown\n");
  EXPECT_THAT(lines_of(file_), ElementsAre(EndsWith("] recorded")));
}

TEST_F(LogTest, SaysNothingAfterItsLastWords) {
  open();
  log_.draw("bar");
  log_.last_words("interrupted");
  log_.draw("bar");
  say_all();
  log_.record(LogLevel::kInfo, "too late");
  EXPECT_EQ(status_.str(), "\r\033[Kbar\r\033[Krollingdepth: error: interrupted\n");
  EXPECT_THAT(lines_of(file_), ElementsAre(EndsWith("] interrupted")));
}

TEST_F(LogTest, RecordsAThousandLinesOfALibraryBetweenTwoOfItsOwn) {
  open();
  for (int i = 0; i < 3000; ++i) log_.record_foreign("noise");
  EXPECT_THAT(lines_of(file_), SizeIs(1001));
  EXPECT_THAT(lines_of(file_).back(), EndsWith("] more of this is left out"));
  log_.record(LogLevel::kInfo, "next stage");
  log_.record_foreign("noise");
  EXPECT_THAT(lines_of(file_), SizeIs(1003));
}

TEST_F(LogTest, KeepsTheLinesOfManyThreadsWhole) {
  constexpr int kThreads = 8, kLines = 400;
  open();
  std::vector<std::thread> threads;
  for (int id = 0; id < kThreads; ++id) {
    threads.emplace_back([this, id] {
      const std::string words = "thread " + std::to_string(id) + std::string(200, 'x');
      for (int line = 0; line < kLines; ++line) {
        log_.draw("bar");
        log_.write(LogLevel::kWarning, words);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  std::map<std::string, int> shown, recorded;
  for (std::string line : lines_of(status_.str())) {
    // Bars, and what clears them, stand before a line, never in it.
    line = line.substr(line.rfind('\r') == std::string::npos ? 0 : line.rfind("\033[K") + 3);
    ++shown[line];
  }
  for (const std::string& line : lines_of(file_)) ++recorded[line.substr(line.rfind("] ") + 2)];
  ASSERT_THAT(shown, SizeIs(kThreads));
  ASSERT_THAT(recorded, SizeIs(kThreads));
  for (const auto& [line, count] : shown) {
    EXPECT_THAT(line, MatchesRegex("rollingdepth: warning: thread [0-7]x{200}"));
    EXPECT_EQ(count, kLines);
  }
  for (const auto& [line, count] : recorded) EXPECT_EQ(count, kLines) << line;
}

}  // namespace
}  // namespace rollingdepth
