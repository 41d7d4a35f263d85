#include "app/option_sources.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <set>

#include "app/command_line.hpp"
#include "app/option_table.hpp"
#include "error_matchers.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using Variables = std::map<std::string, std::string>;

OptionSources sources_of(Variables variables) {
  return OptionSources([variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
}

CommandLine parsed(const std::vector<std::string>& words, const Variables& variables = {}) {
  return parse_command_line(words, sources_of(variables));
}

RunOptions run_options(const std::vector<std::string>& words, const OptionSources& sources) {
  CommandLine line = parse_command_line(words, sources);
  return std::move(line.options);
}

RunOptions options_of(const std::vector<std::string>& words, const Variables& variables = {}) {
  return run_options(words, sources_of(variables));
}

/// A file of options, and the words that name it.
class OptionFileTest : public ::testing::Test {
 protected:
  std::vector<std::string> with(const std::string& text, std::vector<std::string> words = {}) {
    std::ofstream(folder_.path() / "depth.toml") << text;
    words.insert(words.end(), {"-i", "a.mp4", "--config", file()});
    return words;
  }
  [[nodiscard]] std::string file() const { return (folder_.path() / "depth.toml").string(); }
  /// The one message that such a file leads to.
  std::string refusal(const std::string& text) {
    return message_of(ErrorKind::kUsage, [&] { parsed(with(text)); });
  }

  TemporaryFolder folder_;
};

TEST(OptionVariables, StandForOptionsThatAreNotGiven) {
  const Variables variables = {{"ROLLINGDEPTH_SNIP_LEN", "2"},
                               {"ROLLINGDEPTH_DILATIONS", "1 10"},
                               {"ROLLINGDEPTH_RESTORE_RES", "yes"},
                               {"ROLLINGDEPTH_AUDIO", "false"},
                               {"ROLLINGDEPTH_INPUT", "a.mp4 'b c.mp4'"}};
  const RunOptions options = options_of({}, variables);
  EXPECT_EQ(options.snippet_length, 2);
  EXPECT_THAT(options.dilations.value(), ElementsAre(1, 10));
  EXPECT_EQ(options.restore_res, true);
  EXPECT_EQ(options.audio, false);
  EXPECT_THAT(options.inputs, ElementsAre("a.mp4", "b c.mp4"));
}

TEST(OptionVariables, LoseAgainstTheCommandLine) {
  const Variables variables = {{"ROLLINGDEPTH_SEED", "7"}, {"ROLLINGDEPTH_CMAP", "jet"}};
  const RunOptions options = options_of({"-i", "a.mp4", "--seed", "3"}, variables);
  EXPECT_EQ(options.seed, 3);
  EXPECT_THAT(options.colormaps, ElementsAre("jet"));
}

TEST(OptionVariables, AreNoneWhereTheyAreEmpty) {
  const RunOptions defaults;
  EXPECT_EQ(options_of({"-i", "a.mp4"}, {{"ROLLINGDEPTH_SEED", ""}}).seed, defaults.seed);
}

TEST(OptionVariables, AreNamedWhereTheyAreWrong) {
  const auto message = [](const Variables& variables) {
    return message_of(ErrorKind::kUsage, [&] { parsed({"-i", "a.mp4"}, variables); });
  };
  EXPECT_EQ(message({{"ROLLINGDEPTH_SEED", "x"}}),
            "ROLLINGDEPTH_SEED: --seed: 'x' is not a whole number");
  EXPECT_EQ(message({{"ROLLINGDEPTH_DILATIONS", "'1"}}),
            "ROLLINGDEPTH_DILATIONS: a quote ' is not closed");
}

TEST(OptionVariables, AreOptionsThatWereGiven) {
  const RunOptions options = options_of({"-i", "a.mp4"}, {{"ROLLINGDEPTH_SEED", "7"}});
  EXPECT_THAT(options.given, ::testing::Contains("--seed"));
  EXPECT_THAT(options.arguments, ElementsAre("--input=a.mp4", "--seed=7"));
}

// What a plan has noted is read so on another machine.
TEST(OptionVariables, AreNotReadWhereThereAreNoSources) {
  const RunOptions planned = options_of({"-i", "[a,b]", "c d.mp4", "--no-audio", "--cmap", ""},
                                        {{"ROLLINGDEPTH_SEED", "7"}});
  const RunOptions options = run_options(planned.arguments, OptionSources::none());
  EXPECT_THAT(options.inputs, ElementsAre("./[a,b]", "c d.mp4"));
  EXPECT_EQ(options.audio, false);
  EXPECT_TRUE(options.colormaps.empty());
  EXPECT_EQ(options.seed, 7);
  EXPECT_EQ(options.arguments, planned.arguments);
}

TEST_F(OptionFileTest, GivesOptionsOfARun) {
  const RunOptions options =
      options_of(with("# Of all clips\n"
                      "quality = \"balanced\"\n"
                      "dilations = [1, 10]\n"
                      "restore-res = true\n"
                      "snip-len = 2  # Frames\n"
                      "output-dir = \"my depth\"\n"
                      "[live]\n"
                      "mode = \"frame\"\n"));
  EXPECT_THAT(options.dilations.value(), ElementsAre(1, 10));
  EXPECT_EQ(options.restore_res, true);
  EXPECT_EQ(options.snippet_length, 2);
  EXPECT_EQ(options.output_dir, "my depth");
}

TEST_F(OptionFileTest, LosesAgainstVariablesAndTheCommandLine) {
  const std::string text = "seed = 5\nsnip-len = 2\nthreads = 1\n";
  const RunOptions options =
      options_of(with(text, {"--seed", "3"}), {{"ROLLINGDEPTH_SNIP_LEN", "4"}});
  EXPECT_EQ(options.seed, 3);
  EXPECT_EQ(options.snippet_length, 4);
  EXPECT_EQ(options.threads, 1);
}

TEST_F(OptionFileTest, IsNamedByAVariableToo) {
  with("seed = 5\n");
  EXPECT_EQ(options_of({"-i", "a.mp4"}, {{"ROLLINGDEPTH_CONFIG", file()}}).seed, 5);
}

TEST_F(OptionFileTest, GivesASubCommandItsSection) {
  with("seed = 5\n[compare]\nrows = 3\n");
  std::int64_t rows = 0;
  OptionTable table({.description = "", .usage = "", .footer = "", .command = "compare"});
  table.number("--rows", rows, "");
  table.parse({"--config", file()}, OptionSources::none());
  EXPECT_EQ(rows, 3);
}

TEST_F(OptionFileTest, IsRefusedWhereItSaysWhatNoOptionTakes) {
  EXPECT_EQ(refusal("qualty = \"fast\"\n"),
            file() + ": unknown option 'qualty' (did you mean 'quality'?)");
  EXPECT_EQ(refusal("seed = \"x\"\n"), file() + ": seed: --seed: 'x' is not a whole number");
  EXPECT_EQ(refusal("seed = [1, 2]\n"), file() + ": seed: one word is needed, not '1 2'");
  EXPECT_THAT(refusal("output-dir = \"a#b\"\n"), HasSubstr("a quote is not closed"));
  EXPECT_THAT(refusal("[run]\nseed = 5\n"), HasSubstr("unknown section '[run]'"));
}

TEST_F(OptionFileTest, HasASectionForEachCommandOfTheHelp) {
  const std::string help = parsed({"--help"}).help;
  const std::regex usage("rollingdepth ([a-z]+) ");
  std::set<std::string> commands;
  for (std::sregex_iterator found(help.begin(), help.end(), usage), end; found != end; ++found) {
    commands.insert((*found)[1]);
  }
  commands.erase("plan");  // Takes the options of a run.
  EXPECT_EQ(commands.size(), 12U);
  for (const std::string& command : commands) {
    EXPECT_EQ(options_of(with("[" + command + "]\nno-such-option = 1\n")).inputs.size(), 1U);
  }
}

TEST_F(OptionFileTest, IsRefusedWhereItCannotBeRead) {
  for (const std::string& name : {file(), folder_.path().string()}) {
    EXPECT_EQ(message_of(ErrorKind::kUsage,
                         [&] {
                           parsed({"-i", "a.mp4", "--config", name});
                         }),
              "--config: cannot read '" + name + "'");
  }
}

TEST_F(OptionFileTest, IsWhatWriteConfigPrints) {
  const std::vector<std::string> words = {
      "--seed", "7", "-d", "1", "10", "--cmap", "", "--output-dir", "my depth", "-i", "it's.mp4"};
  std::vector<std::string> asked = words;
  asked.emplace_back("--write-config");
  const CommandLine line = parsed(asked, {{"ROLLINGDEPTH_THREADS", "1"}});
  EXPECT_EQ(line.request, Request::kHelp);
  std::ofstream(folder_.path() / "depth.toml") << line.help;
  const RunOptions again = options_of({"--config", file()});
  std::vector<std::string> expected = words;
  expected.insert(expected.end(), {"--threads", "1"});
  EXPECT_EQ(again.arguments, options_of(expected).arguments);
}

TEST(OptionLine, QuotesWhatIsNoNumberAndNoTruth) {
  EXPECT_EQ(option_line("--seed", {"-7"}, false), "seed = -7");
  EXPECT_EQ(option_line("--audio", {"false"}, false), "audio = false");
  EXPECT_EQ(option_line("--dilations", {"1", "10"}, true), "dilations = [1, 10]");
  EXPECT_EQ(option_line("--cmap", {""}, true), "cmap = [\"\"]");
  EXPECT_EQ(option_line("--fps", {"30000/1001"}, false), "fps = \"30000/1001\"");
}

TEST_F(OptionFileTest, IsNotWrittenWhereItCouldNotBeReadBack) {
  for (const char* name : {"a#b.mp4", "'\".mp4"}) {
    EXPECT_THAT(message_of(ErrorKind::kUsage,
                           [&] {
                             parsed({"-i", name, "--write-config"});
                           }),
                StartsWith("--input: a file of options cannot hold '"));
  }
}

}  // namespace
}  // namespace rollingdepth
