#include "app/console_progress.hpp"

#include <gmock/gmock.h>

#include <sstream>
#include <thread>

#include "program.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines_of;
using ::testing::Not;
using ::testing::StartsWith;

/// A console over strings and a clock that the test moves.
class ConsoleProgressTest : public ::testing::Test {
 protected:
  Console& console(bool terminal, Verbosity verbosity = Verbosity::kNormal) {
    console_ = std::make_unique<Console>(
        ConsoleSettings{.verbosity = verbosity, .status_is_terminal = terminal}, out_, err_);
    return *console_;
  }
  ConsoleProgress progress(Console& console) {
    return {console, [this] { return interrupted_; },
            [this] { return std::chrono::steady_clock::time_point(now_); }};
  }
  void pass(double seconds) {
    now_ += std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(seconds));
  }

  std::ostringstream out_;
  std::ostringstream err_;
  std::unique_ptr<Console> console_;
  std::chrono::steady_clock::duration now_{};
  bool interrupted_ = false;
};

TEST(Console, ShowsControlCharactersToPeopleAndLeavesThemToScripts) {
  const std::string evil = "a\x1b[2J\n\xff", shown = R"(a\x1b[2J\n\xff)";
  for (const bool terminal : {false, true}) {
    std::ostringstream out, err;
    Console console({.verbosity = Verbosity::kVerbose, .results_are_terminal = terminal}, out, err);
    console.print(evil);
    console.print_lines("one\ntwo\x7f");
    console.say(evil);
    console.detail(evil);
    console.warn(evil);
    console.error(evil);
    console.show("\033[36mbar\033[0m");
    EXPECT_EQ(out.str(), terminal ? shown + "\none\ntwo\\x7f\n" : evil + "\none\ntwo\x7f\n");
    EXPECT_EQ(err.str(), shown + "\n" + shown + "\nrollingdepth: warning: " + shown +
                             "\nrollingdepth: error: " + shown + "\n\033[36mbar\033[0m\n");
  }
}

TEST_F(ConsoleProgressTest, SumsUpAStageInOneLine) {
  ConsoleProgress shown = progress(console(/*terminal=*/false));
  shown.begin("encode", 60, "frames");
  pass(1.6);
  shown.advance(60);
  shown.end("");
  shown.begin("align", 700, "steps");
  pass(0.9);
  shown.end("adam, 532 steps, loss 0.0041");
  EXPECT_THAT(lines_of(err_.str()),
              ElementsAre("  encode    60/60      38 fps   1.6 s",
                          "  align     adam, 532 steps, loss 0.0041   0.9 s"));
}

TEST_F(ConsoleProgressTest, AlignsStagesBelowEachOtherOnATerminal) {
  ConsoleProgress shown = progress(console(/*terminal=*/true));
  shown.begin("encode", 60, "frames");
  pass(1.6);
  shown.advance(60);
  shown.end("");
  shown.begin("align", 700, "steps");
  pass(0.9);
  shown.end("adam, 532 steps, loss 0.0041");
  EXPECT_THAT(err_.str(),
              HasSubstr("\r\033[K  encode    60/60    ████████████████  38 fps   1.6 s\n"));
  EXPECT_THAT(err_.str(),
              HasSubstr("\r\033[K  align     adam, 532 steps, loss 0.0041        0.9 s\n"));
}

TEST_F(ConsoleProgressTest, RedrawsTheBarInPlaceTenTimesASecondAtMost) {
  ConsoleProgress shown = progress(console(/*terminal=*/true));
  shown.begin("encode", 100, "frames");
  err_.str("");
  for (int done = 1; done <= 50; ++done) {
    pass(0.01);
    shown.advance(done);
  }
  const std::string text = err_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 5);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 0);
  EXPECT_THAT(text, EndsWith("  50/100   ████████░░░░░░░░ 100 fps   0.5 s left"));
}

TEST_F(ConsoleProgressTest, SaysSomethingEveryTenSecondsElsewhere) {
  ConsoleProgress shown = progress(console(/*terminal=*/false));
  shown.begin("encode", 100, "frames");
  for (int done = 1; done <= 25; ++done) {
    pass(1);
    shown.advance(done);
  }
  EXPECT_THAT(lines_of(err_.str()), ElementsAre("  encode    10/100    1.0 fps  1:30 min left",
                                                "  encode    20/100    1.0 fps  1:20 min left"));
}

TEST_F(ConsoleProgressTest, CountsWhatCameWhereTheContainerPromisedOther) {
  ConsoleProgress shown = progress(console(/*terminal=*/false));
  shown.begin("encode", 60, "frames");
  pass(1);
  shown.advance(58);
  shown.end("");
  EXPECT_THAT(err_.str(), HasSubstr("58/58"));
}

TEST_F(ConsoleProgressTest, ClearsTheBarBeforeAWarning) {
  ConsoleProgress shown = progress(console(/*terminal=*/true));
  shown.begin("encode", 60, "frames");
  err_.str("");
  shown.warn("2 damaged packets");
  EXPECT_EQ(err_.str(), "\r\033[Krollingdepth: warning: 2 damaged packets\n");
  EXPECT_THAT(shown.take_warnings(), ElementsAre("2 damaged packets"));
  EXPECT_THAT(shown.take_warnings(), IsEmpty());
}

TEST_F(ConsoleProgressTest, KeepsQuietButForWarnings) {
  ConsoleProgress shown = progress(console(/*terminal=*/true, Verbosity::kQuiet));
  shown.begin("encode", 60, "frames");
  pass(20);
  shown.advance(30);
  shown.warn("careful");
  shown.end("");
  EXPECT_EQ(err_.str(), "rollingdepth: warning: careful\n");
}

TEST_F(ConsoleProgressTest, LogsStagesWithoutTheBarHoweverQuietTheConsoleIs) {
  const testing::TemporaryFolder folder;
  Console& quiet = console(/*terminal=*/true, Verbosity::kQuiet);
  quiet.log()->open_file(folder / "run.log", LogLevel::kDebug, {});
  ConsoleProgress shown = progress(quiet);
  shown.begin("encode", 60, "frames");
  pass(1.6);
  shown.advance(60);
  shown.end("");
  shown.begin("save snippets", 0, "");
  shown.end("");
  EXPECT_THAT(lines_of(testing::text_of(folder / "run.log")),
              ElementsAre(EndsWith("]   encode    begins: 60 frames"),
                          EndsWith("]   encode    60/60      38 fps   1.6 s"),
                          EndsWith("]   save snippets  begins"),
                          ::testing::MatchesRegex(R"(.*\]   save snippets  .*0\.0 s)")));
  EXPECT_THAT(err_.str(), IsEmpty());
}

TEST_F(ConsoleProgressTest, TakesWarningsOfManyThreads) {
  constexpr std::size_t kThreads = 4, kWarnings = 500;
  ConsoleProgress shown = progress(console(/*terminal=*/true));
  std::vector<std::thread> threads;
  for (std::size_t id = 0; id < kThreads; ++id) {
    threads.emplace_back([&shown] {
      for (std::size_t i = 0; i < kWarnings; ++i) shown.warn("careful");
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = lines_of(err_.str());
  EXPECT_THAT(lines, ::testing::SizeIs(kThreads * kWarnings));
  EXPECT_THAT(lines, ::testing::Each("rollingdepth: warning: careful"));
  EXPECT_THAT(shown.take_warnings(), ::testing::SizeIs(kThreads * kWarnings));
}

TEST_F(ConsoleProgressTest, CancelsOnceInterrupted) {
  ConsoleProgress shown = progress(console(/*terminal=*/false));
  EXPECT_NO_THROW(shown.check_cancelled());
  interrupted_ = true;
  EXPECT_THROW(shown.check_cancelled(), Cancelled);
}

TEST(ProgressBar, FillsInEighths) {
  EXPECT_EQ(progress_bar(0, 8, 4), "░░░░");
  EXPECT_EQ(progress_bar(4, 8, 4), "██░░");
  EXPECT_EQ(progress_bar(5, 8, 4), "██▌░");
  EXPECT_EQ(progress_bar(9, 8, 4), "████");
  EXPECT_EQ(progress_bar(3, 0, 4), "░░░░");
}

TEST(ConsoleText, ShowsDurationsSizesAndRatesShortly) {
  EXPECT_EQ(format_duration(1.64), "1.6 s");
  EXPECT_EQ(format_duration(59.96), "1:00 min");
  EXPECT_EQ(format_duration(125), "2:05 min");
  EXPECT_EQ(format_duration(3725), "1:02:05 h");
  EXPECT_EQ(format_rate(140.3), "140");
  EXPECT_EQ(format_rate(7.94), "7.9");
  EXPECT_EQ(format_rate(0.416), "0.42");
}

}  // namespace
}  // namespace rollingdepth
