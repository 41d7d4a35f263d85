// The outputs that are written on request, as a user meets them.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "parity.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using testing::case_clip;
using ::testing::ElementsAre;
using testing::files_below;
using ::testing::HasSubstr;
using testing::lines_of;
using testing::ProgramResult;
using testing::run_program;
using testing::small_run;
using testing::TemporaryFolder;
using testing::text_of;

// Five frames of the clip in the outputs of `more` alone.
ProgramResult run_for(const TemporaryFolder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> words =
      small_run({"-i", case_clip("fast"), "--cmap", "", "--no-save-npy", "--no-save-sbs"});
  words.insert(words.end(), more.begin(), more.end());
  return run_program(folder.path(), words);
}

TEST(DepthOutputs, AreWrittenTogetherAndNamed) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_for(folder, {"--save-npz", "--save-png16", "--save-exr", "--depth-video", "ffv1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(lines_of(result.out),
              ElementsAre("output/clip_pred.npz", "output/clip_png16", "output/clip_exr",
                          "output/clip_depth.mkv", "output/clip_report.json"));
  EXPECT_THAT(files_below(folder / "output"),
              ElementsAre("clip_depth.mkv", "clip_exr/000000.exr", "clip_exr/000001.exr",
                          "clip_exr/000002.exr", "clip_exr/000003.exr", "clip_exr/000004.exr",
                          "clip_png16/000000.png", "clip_png16/000001.png", "clip_png16/000002.png",
                          "clip_png16/000003.png", "clip_png16/000004.png", "clip_png16/depth.json",
                          "clip_pred.npz", "clip_report.json"));
  const auto report = nlohmann::json::parse(text_of(folder / "output/clip_report.json"));
  EXPECT_EQ(report["settings"]["depth_video"], "ffv1");
  EXPECT_EQ(report["outputs"].size(), 5U);
}

TEST(DepthOutputs, ThatExistAreKeptAndReplacedOnlyOnRequest) {
  const TemporaryFolder folder;
  ASSERT_EQ(run_for(folder, {"--save-png16"}).exit_code, 0);
  const std::string whole = text_of(folder / "output/clip_png16/000000.png");
  std::ofstream(folder / "output/clip_png16/000000.png") << "changed";
  EXPECT_THAT(run_for(folder, {"--save-png16"}).err, HasSubstr("--overwrite"));
  EXPECT_EQ(text_of(folder / "output/clip_png16/000000.png"), "changed");
  ASSERT_EQ(run_for(folder, {"--save-png16", "--overwrite"}).exit_code, 0);
  EXPECT_EQ(text_of(folder / "output/clip_png16/000000.png"), whole);
  EXPECT_FALSE(fs::exists(folder / "output/clip_png16.replaced"));
}

TEST(DepthOutputs, AFolderWithOtherFilesIsNotReplaced) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "output/clip_exr");
  std::ofstream(folder / "output/clip_exr/notes.txt") << "mine";
  const ProgramResult result = run_for(folder, {"--save-exr", "--save-npz", "--overwrite"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(lines_of(result.err).back(),
              HasSubstr("clip_exr: the folder also holds notes.txt, which would be lost"));
  EXPECT_THAT(files_below(folder / "output"), ElementsAre("clip_exr/notes.txt"));
}

TEST(DepthOutputs, ThePaddingOfAnOddSizeIsNoted) {
  const TemporaryFolder folder;
  const std::string make = "'" ROLLINGDEPTH_FFMPEG
                           "' -v error -f lavfi -i testsrc2 -frames:v 3 -vf scale=51:37,setsar=1 "
                           "-c:v ffv1 -pix_fmt bgr0 '" +
                           (folder / "odd.mkv").string() + "'";
  ASSERT_EQ(std::system(make.c_str()), 0);
  for (const std::string video : {"ffv1", "h265"}) {
    const ProgramResult result = run_program(
        folder.path(), small_run({"-i", "odd.mkv", "--restore-res", "--cmap", "", "--no-save-sbs",
                                  "--depth-video", video, "--overwrite"}));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const auto report = nlohmann::json::parse(text_of(folder / "output/odd_report.json"));
    EXPECT_EQ(report["notes"].size(), video == "h265" ? 2U : 0U) << report["notes"];
  }
}

TEST(DepthOutputs, AnUnknownVideoIsRefused) {
  const TemporaryFolder folder;
  const ProgramResult result = run_for(folder, {"--depth-video", "h264"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--depth-video: unknown depth video 'h264' (did you mean "
                                    "'h265'?); known are ffv1 h265"));
}

}  // namespace
}  // namespace rollingdepth
