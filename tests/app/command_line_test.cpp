#include "app/command_line.hpp"

#include <gmock/gmock.h>

#include "app/option_values.hpp"
#include "error_matchers.hpp"
#include "program.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines_of;
using testing::message_of;

RunOptions parse(std::vector<std::string> words) {
  words.insert(words.begin(), {"-i", "clip.mp4"});
  return parse_command_line(words).options;
}

TEST(CommandLine, TakesSeveralInputsAfterOneOptionAndRepeated) {
  EXPECT_THAT(parse_command_line({"-i", "a.mp4", "b.mp4", "--input", "c.mp4"}).options.inputs,
              ElementsAre("a.mp4", "b.mp4", "c.mp4"));
}

TEST(CommandLine, LeavesBracketsInNamesAlone) {
  EXPECT_THAT(parse_command_line({"-i", "[a,b]"}).options.inputs, ElementsAre("./[a,b]"));
}

TEST(CommandLine, KnowsBothNamesOfOptionsThatHaveTwo) {
  const RunOptions options =
      parse({"--start-frame", "2", "--frames", "9", "--processing-resolution", "64",
             "--restore-res", "--output-fps", "30000/1001", "--color-maps", "viridis"});
  EXPECT_EQ(options.start_frame, 2);
  EXPECT_EQ(options.frame_count, 9);
  EXPECT_EQ(options.res_px, 64);
  EXPECT_TRUE(options.restore_res);
  EXPECT_EQ(options.output_fps, (Rational{30000, 1001}));
  EXPECT_THAT(options.colormaps, ElementsAre("viridis"));
}

TEST(CommandLine, TakesBooleansAloneWithAWordAndNegated) {
  EXPECT_TRUE(parse({}).writes("npy"));
  EXPECT_TRUE(parse({"--save-npy"}).writes("npy"));
  EXPECT_FALSE(parse({"--save-npy", "false"}).writes("npy"));
  EXPECT_FALSE(parse({"--save-npy=False"}).writes("npy"));
  EXPECT_FALSE(parse({"--no-save-npy"}).writes("npy"));
  EXPECT_FALSE(parse({"--no-save-side-by-side"}).writes("sbs"));
  EXPECT_TRUE(parse({"--save-snippets"}).writes("snippets"));
  EXPECT_TRUE(parse({"--save-snippets", "--overwrite"}).overwrite);
  EXPECT_EQ(parse({"--no-cap-dilation"}).cap_dilation, std::optional<bool>(false));
}

TEST(CommandLine, LetsTheLaterOfTwoBooleansWin) {
  EXPECT_TRUE(parse({"--no-save-npy", "--save-npy"}).writes("npy"));
  EXPECT_FALSE(parse({"--save-npy", "--no-save-npy"}).writes("npy"));
}

TEST(CommandLine, TakesAnEmptyColourMapForNone) {
  EXPECT_THAT(parse({}).colormaps, ElementsAre("Spectral_r", "Greys_r"));
  EXPECT_THAT(parse({"--cmap", ""}).colormaps, IsEmpty());
  EXPECT_THAT(parse({"--cmap=", "--overwrite"}).colormaps, IsEmpty());
  EXPECT_THAT(parse({"--cmap", "jet", "jet", "gray_r"}).colormaps, ElementsAre("jet", "gray_r"));
}

TEST(CommandLine, TakesDilationsApartAndJoinedByCommas) {
  EXPECT_THAT(*parse({"-d", "1", "4", "9"}).dilations, ElementsAre(1, 4, 9));
  EXPECT_THAT(*parse({"--dilations", "1,4,9"}).dilations, ElementsAre(1, 4, 9));
}

TEST(CommandLine, AsksForAnInputUnlessOnlyAListIsWanted) {
  EXPECT_THAT(message_of(ErrorKind::kUsage, [] { parse_command_line({}); }), HasSubstr("-i"));
  EXPECT_EQ(parse_command_line({"--version"}).request, Request::kVersion);
  EXPECT_EQ(parse_command_line({"--list-devices"}).request, Request::kListDevices);
  EXPECT_EQ(parse_command_line({"--list-colormaps"}).request, Request::kListColormaps);
}

TEST(CommandLine, ShowsHelpOfAtMostHundredColumnsWithGroupsAndDefaults) {
  const CommandLine line = parse_command_line({"--help"});
  EXPECT_EQ(line.request, Request::kHelp);
  for (const std::string& text : lines_of(line.help)) EXPECT_LE(text.size(), 100U) << text;
  for (const char* words : {"Input:", "Output:", "Computing:", "[output]", "[balanced]", "[42]",
                            "[Spectral_r Greys_r]", "--no-NAME", "Exit codes"}) {
    EXPECT_THAT(line.help, HasSubstr(words));
  }
}

TEST(FrameRate, KeepsFractionsExact) {
  EXPECT_EQ(parse_frame_rate("--fps", "25"), (Rational{25, 1}));
  EXPECT_EQ(parse_frame_rate("--fps", "29.97"), (Rational{2997, 100}));
  EXPECT_EQ(parse_frame_rate("--fps", "24000/1001"), (Rational{24000, 1001}));
  for (const char* text : {"", "-5", "0", "1/0", "1e3", "/", "."}) {
    EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { parse_frame_rate("--fps", text); }),
                HasSubstr("--fps"));
  }
}

}  // namespace
}  // namespace rollingdepth
