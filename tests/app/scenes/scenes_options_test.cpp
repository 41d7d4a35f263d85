#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/command_line.hpp"
#include "app/cut_options.hpp"
#include "app/option_table.hpp"
#include "app/scenes/scenes_command.hpp"
#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

std::string refusal(const Words& words) {
  try {
    parse_scenes_command(words);
  } catch (const Error& error) {
    EXPECT_EQ(kind_of(error), ErrorKind::kUsage);
    return describe(error);
  }
  return "taken";
}

TEST(ScenesOptions, AreThePublishedOnesWhereNothingIsAskedFor) {
  const ScenesCommand command = parse_scenes_command({"clip.mp4"});
  EXPECT_EQ(command.clip, "clip.mp4");
  EXPECT_EQ(command.cuts, CutOptions());
  EXPECT_EQ(command.output, std::nullopt);
  EXPECT_EQ(command.format, SceneFormat::kCsv);
}

TEST(ScenesOptions, ReachTheDetectorAndTheReader) {
  const ScenesCommand command = parse_scenes_command({"clip.mp4",
                                                      "--threshold",
                                                      "2.5",
                                                      "--window",
                                                      "2",
                                                      "--least-content",
                                                      "10",
                                                      "--least-seconds",
                                                      "0",
                                                      "--fade-luma",
                                                      "0",
                                                      "--flash-frames",
                                                      "0",
                                                      "--from",
                                                      "5",
                                                      "--frames",
                                                      "7",
                                                      "--deinterlace",
                                                      "--max-pixels",
                                                      "100",
                                                      "--target-fps",
                                                      "12",
                                                      "--fps",
                                                      "30",
                                                      "--threads",
                                                      "3"});
  EXPECT_EQ(command.cuts, (CutOptions{.threshold = 2.5,
                                      .window = 2,
                                      .least_content = 10,
                                      .least_seconds = 0,
                                      .fade_luma = 0,
                                      .flash_frames = 0}));
  EXPECT_EQ(command.start_frame, 5);
  EXPECT_EQ(command.frame_count, 7);
  EXPECT_TRUE(command.deinterlace);
  EXPECT_EQ(command.max_pixels, 100);
  EXPECT_EQ(command.threads, 3);
  EXPECT_EQ(command.target_rate, (Rational{12, 1}));
  EXPECT_EQ(command.image_rate, (Rational{30, 1}));
}

TEST(ScenesOptions, ChooseTheFormatByTheEnding) {
  EXPECT_EQ(parse_scenes_command({"c", "-o", "a.csv"}).format, SceneFormat::kCsv);
  EXPECT_EQ(parse_scenes_command({"c", "-o", "a.JSON"}).format, SceneFormat::kJson);
  EXPECT_EQ(parse_scenes_command({"c", "--output", "b/a.edl"}).format, SceneFormat::kEdl);
  EXPECT_EQ(parse_scenes_command({"c", "-o", "-"}).output, std::nullopt);
  EXPECT_THAT(refusal({"c", "-o", "a.txt"}), HasSubstr("a.txt has to end in .csv"));
  EXPECT_THAT(refusal({"c", "-o", "folder/"}), HasSubstr("has to end in .csv"));
}

TEST(ScenesOptions, AreRefusedWhereTheyMeanNothing) {
  EXPECT_THAT(refusal({}), HasSubstr("scenes: no clip"));
  EXPECT_THAT(refusal({"a", "b"}), HasSubstr("not also 'b'"));
  EXPECT_THAT(refusal({"a", "--treshold", "3"}), HasSubstr("--threshold"));
  EXPECT_THAT(refusal({"a", "--threshold", "0"}), HasSubstr("--threshold: "));
  EXPECT_THAT(refusal({"a", "--threshold", "nan"}), HasSubstr("--threshold: "));
  EXPECT_THAT(refusal({"a", "--window", "1.5"}), HasSubstr("--window: "));
  EXPECT_THAT(refusal({"a", "--least-content", "300"}), HasSubstr("--least-content: "));
  EXPECT_THAT(refusal({"a", "--least-seconds", "-1"}), HasSubstr("--least-seconds: "));
  EXPECT_THAT(refusal({"a", "--fade-luma", "256"}), HasSubstr("--fade-luma: "));
  EXPECT_THAT(refusal({"a", "--flash-frames", "6"}), HasSubstr("--flash-frames: "));
  EXPECT_THAT(refusal({"a", "--from", "-1"}), HasSubstr("--from: "));
  EXPECT_THAT(refusal({"a", "--frames", "-1"}), HasSubstr("--frames: "));
  EXPECT_THAT(refusal({"a", "--max-pixels", "0"}), HasSubstr("--max-pixels: "));
  EXPECT_THAT(refusal({"a", "--log-level", "debug"}), HasSubstr("--log-file"));
}

TEST(ScenesOptions, AreHeldByTheCommandLine) {
  EXPECT_EQ(parse_command_line({"scenes", "clip.mp4"}).request, Request::kScenes);
  const CommandLine help = parse_command_line({"scenes", "--help"});
  EXPECT_EQ(help.request, Request::kHelp);
  EXPECT_THAT(help.help, HasSubstr("--flash-frames"));
}

TEST(CutOptions, CanHaveAPrefixOnTheCommandLine) {
  CutOptions options;
  OptionTable table({.description = "", .usage = ""});
  add_cut_options(table, options, "--scene-");
  EXPECT_THAT(table.long_names(),
              ElementsAre("--scene-threshold", "--scene-window", "--scene-least-content",
                          "--scene-least-seconds", "--scene-fade-luma", "--scene-flash-frames"));
  table.parse({"--scene-threshold", "4"});
  EXPECT_EQ(options.threshold, 4);
}

}  // namespace
}  // namespace rollingdepth
