#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "app/refusal.hpp"
#include "app/run/stopped_run.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::case_clip;
using ::testing::ElementsAre;
using testing::expect_refused;
using testing::files_below;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines_of;
using testing::ProgramResult;
using testing::Refusal;
using testing::run_program;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using testing::text_of;
using Words = std::vector<std::string>;

/// A clip of 25 frames a second, a picture of its own from frame 30 on, 60 in all.
void make_clip(const TemporaryFolder& folder) {
  const std::string command =
      std::string(ROLLINGDEPTH_FFMPEG) +
      " -v error -f lavfi -i testsrc2=size=96x64:rate=25:duration=1.2 -f lavfi -i "
      "smptehdbars=size=96x64:rate=25:duration=1.2 -filter_complex "
      "\"[0]format=yuv420p[a];[1]format=yuv420p[b];[a][b]concat\" -c:v ffv1 '" +
      (folder / "clip.mkv").string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
}

ProgramResult scenes(const TemporaryFolder& folder, Words words) {
  words.insert(words.begin(), "scenes");
  return run_program(folder.path(), words);
}

TEST(ScenesCommand, PrintsTheListWhereNoFileIsNamed) {
  const TemporaryFolder folder;
  make_clip(folder);
  for (const Words& output : {Words{}, Words{"-o", "-"}}) {
    Words words = {"clip.mkv"};
    words.insert(words.end(), output.begin(), output.end());
    const ProgramResult result = scenes(folder, words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const std::vector<std::string> lines = lines_of(result.out);
    ASSERT_THAT(lines, SizeIs(4));
    EXPECT_EQ(lines[0], "Timecode List:,00:00:01.200");
    EXPECT_THAT(lines[2], StartsWith("1,1,00:00:00.000,0.000,30,"));
    EXPECT_THAT(lines[3], StartsWith("2,31,00:00:01.200,1.200,60,"));
    EXPECT_THAT(result.err, HasSubstr("2 shots"));
  }
}

TEST(ScenesCommand, WritesAFileByItsEndingAndNamesIt) {
  const TemporaryFolder folder;
  make_clip(folder);
  EXPECT_EQ(scenes(folder, {"clip.mkv", "-o", "new/scenes.csv"}).out, "new/scenes.csv\n");
  EXPECT_THAT(text_of(folder / "new/scenes.csv"), StartsWith("Timecode List:,00:00:01.200\n"));
  EXPECT_EQ(scenes(folder, {"clip.mkv", "-o", "scenes.json", "--quiet"}).out, "");
  const auto json = nlohmann::json::parse(text_of(folder / "scenes.json"));
  EXPECT_EQ(json["scenes"][1]["start_frame"], 30);
  EXPECT_EQ(json["frames"], 60);
  scenes(folder, {"clip.mkv", "-o", "scenes.edl"});
  EXPECT_THAT(text_of(folder / "scenes.edl"), HasSubstr("00:00:01:05 00:00:02:10"));
}

TEST(ScenesCommand, CountsFramesFromTheBeginningOfTheClip) {
  const TemporaryFolder folder;
  make_clip(folder);
  const ProgramResult result =
      scenes(folder, {"clip.mkv", "--from", "10", "--frames", "40", "--quiet"});
  const std::vector<std::string> lines = lines_of(result.out);
  ASSERT_THAT(lines, SizeIs(4)) << result.err;
  EXPECT_THAT(lines[2], StartsWith("1,11,00:00:00.400,0.400,30,"));
  EXPECT_THAT(lines[3], StartsWith("2,31,00:00:01.200,1.200,50,"));
  EXPECT_THAT(result.err, IsEmpty());
}

TEST(ScenesCommand, ReadsPicturesAsARunDoes) {
  const TemporaryFolder folder;
  make_clip(folder);
  std::filesystem::create_directory(folder / "pictures");
  const std::string command = std::string(ROLLINGDEPTH_FFMPEG) + " -v error -i '" +
                              (folder / "clip.mkv").string() + "' '" +
                              (folder / "pictures/%04d.png").string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  for (const char* clip : {"pictures", "pictures/%04d.png"}) {
    const ProgramResult result = scenes(folder, {clip, "--fps", "10", "--least-seconds", "3"});
    EXPECT_THAT(result.out, StartsWith("Timecode List:,00:00:03.000\n")) << result.err;
  }
}

TEST(ScenesCommand, FindsNoCutInTheRecordedClip) {
  const TemporaryFolder folder;
  const ProgramResult result = scenes(folder, {case_clip("fast")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(lines_of(result.out), SizeIs(3));
  EXPECT_THAT(result.err, HasSubstr("1 shot "));
}

TEST(ScenesCommand, ReplacesAFileOnlyWhereThatIsOffered) {
  const TemporaryFolder folder;
  make_clip(folder);
  std::ofstream(folder / "scenes.csv") << "by hand";
  expect_refused(folder, "scenes",
                 {.name = "exists",
                  .arguments = {"clip.mkv", "-o", "scenes.csv"},
                  .exit_code = 1,
                  .said = "scenes.csv exists (--overwrite replaces it)"});
  EXPECT_EQ(text_of(folder / "scenes.csv"), "by hand");
  EXPECT_EQ(scenes(folder, {"clip.mkv", "-o", "scenes.csv", "--overwrite"}).exit_code, 0);
  EXPECT_THAT(text_of(folder / "scenes.csv"), StartsWith("Timecode List:"));
}

TEST(ScenesCommand, LeavesNothingWhereItIsInterrupted) {
  const TemporaryFolder folder;
  make_clip(folder);
  const ProgramResult result = testing::stop_at(
      folder.path(), {"scenes", "clip.mkv", "-o", "scenes.csv"}, "scenes:20", SIGINT);
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_THAT(result.err, HasSubstr("interrupted"));
  EXPECT_THAT(files_below(folder.path()), ElementsAre(".stderr", ".stdout", "clip.mkv"));
}

class RefusedScenes : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedScenes, SayWhyAndWriteNothing) {
  const TemporaryFolder folder;
  make_clip(folder);
  std::filesystem::create_directory(folder / "empty");
  std::filesystem::create_directory(folder / "scenes.csv");
  std::ofstream(folder / "text.mp4") << "no video";
  expect_refused(folder, "scenes", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    ScenesCommand, RefusedScenes,
    ::testing::Values(
        Refusal{"NoClip", {}, 2, "scenes: no clip"},
        Refusal{"TwoClips", {"clip.mkv", "other.mkv"}, 2, "one clip at a time"},
        Refusal{"UnknownOption", {"clip.mkv", "--scene"}, 2, "unknown option '--scene'"},
        Refusal{"UnknownEnding", {"clip.mkv", "-o", "a.txt"}, 2, "has to end in .csv"},
        Refusal{"FolderAsOutput", {"clip.mkv", "-o", "scenes.csv"}, 2, "scenes.csv"},
        Refusal{"Threshold", {"clip.mkv", "--threshold", "-1"}, 2, "--threshold: "},
        Refusal{"MissingClip", {"none.mkv", "-o", "a.csv"}, 1, "none.mkv: no such file"},
        Refusal{"EmptyFolder", {"empty", "-o", "a.csv"}, 1, "holds no videos and no images"},
        Refusal{"ManyClips", {".", "-o", "a.csv"}, 1, ". is not one clip but 2"},
        Refusal{"NoVideo", {"text.mp4", "-o", "a.csv"}, 1, "text.mp4"},
        Refusal{"BehindTheEnd", {"clip.mkv", "--from", "60"}, 1, "the clip has 60 frames"},
        Refusal{"TooManyPixels", {"clip.mkv", "--max-pixels", "10"}, 1, "clip.mkv"}),
    [](const auto& refused) { return refused.param.name; });

}  // namespace
}  // namespace rollingdepth
