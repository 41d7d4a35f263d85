// Pictures as input, from outside: one rule in three ways, numbers kept, what is wrong told first.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "app/program.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::case_clip;
using ::testing::ElementsAre;
using testing::files_below;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ProgramResult;
using testing::run_program;
using testing::TemporaryFolder;
using testing::text_of;

using Words = std::vector<std::string>;

void ffmpeg(const std::string& arguments, const fs::path& output) {
  const std::string command = std::string(ROLLINGDEPTH_FFMPEG) + " -nostdin -v error -y " +
                              arguments + " \"" + output.string() + "\"";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

/// Four float pictures of a clip, shot.0998.exr to shot.1001.exr.
void make_float_pictures(const fs::path& folder) {
  fs::create_directories(folder);
  ffmpeg("-i " + case_clip("fast") + " -frames:v 4 -pix_fmt gbrpf32le -start_number 998",
         folder / "shot.%04d.exr");
}

ProgramResult run_pictures(const TemporaryFolder& folder, const Words& words) {
  Words all = {"-o",    "output",    "--cmap",     "",          "--no-save-sbs",
               "--res", "0",         "--device",   "cpu",       "--dtype",
               "fp32",  "--quality", "ultra_fast", "--threads", "1"};
  all.insert(all.end(), words.begin(), words.end());
  return run_program(folder.path(), all);
}

TEST(PictureInput, OfFloatsIsTheSameByPatternAndFolder) {
  const TemporaryFolder folder;
  make_float_pictures(folder / "in");
  ASSERT_EQ(run_pictures(folder, {"-i", "in/shot.%04d.exr"}).exit_code, 0);
  ASSERT_EQ(run_pictures(folder, {"-i", "in"}).exit_code, 0);
  const std::string depth = text_of(folder / "output/shot_pred.npy");
  EXPECT_FALSE(depth.empty());
  EXPECT_EQ(text_of(folder / "output/in_pred.npy"), depth);
}

// One picture as a pattern, as a folder and by its name.
TEST(PictureInput, OfOneFileIsTheSameInAllWays) {
  const TemporaryFolder folder;
  make_float_pictures(folder / "all");
  fs::create_directory(folder / "in");
  fs::copy(folder / "all/shot.0998.exr", folder / "in/shot.0998.exr");
  for (const std::string input : {"in/shot.%04d.exr", "in", "in/shot.0998.exr"}) {
    ASSERT_EQ(run_pictures(folder, {"-i", input, "--overwrite"}).exit_code, 0) << input;
  }
  const std::string depth = text_of(folder / "output/shot_pred.npy");
  EXPECT_FALSE(depth.empty());
  EXPECT_EQ(text_of(folder / "output/in_pred.npy"), depth);
  EXPECT_EQ(text_of(folder / "output/shot.0998_pred.npy"), depth);
}

TEST(PictureInput, GivesItsNumbersToPictures) {
  const TemporaryFolder folder;
  make_float_pictures(folder / "in");
  const Words run = {"-i",           "in/shot.%04d.exr", "--from",       "1",
                     "--save-png16", "--save-exr",       "--no-save-npy"};
  ASSERT_EQ(run_pictures(folder, run).exit_code, 0);
  EXPECT_THAT(files_below(folder / "output"),
              ElementsAre("shot_exr/0999.exr", "shot_exr/1000.exr", "shot_exr/1001.exr",
                          "shot_png16/0999.png", "shot_png16/1000.png", "shot_png16/1001.png",
                          "shot_png16/depth.json", "shot_report.json"));
  // The same command finds them, and compare reads both.
  EXPECT_THAT(run_pictures(folder, run).err, HasSubstr("skipped"));
  const ProgramResult compared = run_program(
      folder.path(), {"compare", "output/shot_exr", "output/shot_png16", "--max-error", "0.0001"});
  EXPECT_EQ(compared.exit_code, 0) << compared.err;
}

TEST(PictureInput, TellsOfGapsInRunReportAndDryRun) {
  const TemporaryFolder folder;
  make_float_pictures(folder / "in");
  fs::remove(folder / "in/shot.0999.exr");
  const std::string gap = "1 picture is missing by number, between shot.0998.exr and shot.1000.exr";
  EXPECT_THAT(run_pictures(folder, {"-i", "in", "--dry-run"}).err, HasSubstr(gap));
  const ProgramResult result = run_pictures(folder, {"-i", "in"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr(gap));
  EXPECT_THAT(text_of(folder / "output/in_report.json"), HasSubstr(gap));
}

// The last of the pictures has another size: nothing is worked on.
TEST(PictureInput, IsRefusedForAnotherSizeBeforeTheNetworksRun) {
  const TemporaryFolder folder;
  make_float_pictures(folder / "in");
  ffmpeg("-f lavfi -i testsrc2=s=32x24 -frames:v 1 -pix_fmt gbrpf32le",
         folder / "in/shot.1002.exr");
  const ProgramResult result = run_pictures(folder, {"-i", "in"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("shot.1002.exr is 32x24"), Not(HasSubstr("encode"))));
  EXPECT_THAT(files_below(folder / "output"), IsEmpty());
  EXPECT_EQ(run_pictures(folder, {"-i", "in", "--frames", "4"}).exit_code, 0);
}

TEST(PictureInput, IsRefusedAboveMaxPixels) {
  const TemporaryFolder folder;
  make_float_pictures(folder / "in");
  for (const std::string& input : {std::string("in"), case_clip("fast")}) {
    const ProgramResult result = run_pictures(folder, {"-i", input, "--max-pixels", "1000"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("more than the 1000 in all that --max-pixels allows"));
  }
  const ProgramResult compared =
      run_program(folder.path(), {"compare", "in", "in", "--max-pixels", "1000"});
  EXPECT_EQ(compared.exit_code, 1);
  EXPECT_THAT(compared.err, HasSubstr("--max-pixels"));
  EXPECT_EQ(run_pictures(folder, {"-i", "in", "--max-pixels", "0"}).exit_code, 2);
}

TEST(PictureInput, IsNamedWhereItIsDamaged) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "in");
  ffmpeg("-i " + case_clip("fast") + " -frames:v 3", folder / "in/%d.png");
  std::fstream(folder / "in/2.png", std::ios::in | std::ios::out | std::ios::binary)
      .seekp(30)
      .put('?');
  const ProgramResult result = run_pictures(folder, {"-i", "in"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("2.png (a checksum is wrong)"));
}

}  // namespace
}  // namespace rollingdepth
