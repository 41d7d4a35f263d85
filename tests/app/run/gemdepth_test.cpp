// Packages of GemDepth, as a user runs them.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using testing::data_file;
using ::testing::ElementsAre;
using testing::files_below;
using ::testing::HasSubstr;
using testing::joined;
using testing::lines_of;
using testing::outputs_in;
using testing::ProgramResult;
using testing::run_program;
using testing::stop_at;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Words;

Words gem_run(const Words& more) {
  return joined({"-i", data_file("vda") / "clip.mp4", "-c", data_file("gem") / "model", "--res",
                 "28", "--dtype", "fp32", "--threads", "1", "--cmap", "", "--no-save-sbs"},
                more);
}

nlohmann::json json_in(const TemporaryFolder& folder, const std::string& name) {
  return nlohmann::json::parse(text_of(folder / "output" / name));
}

TEST(GemDepthRun, WritesDepthAndCameras) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), gem_run({"--window", "16", "--frames", "14", "--save-cameras"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(files_below(folder / "output"),
              ElementsAre("clip_cameras.json", "clip_pred.npy", "clip_report.json"));
  const nlohmann::json cameras = json_in(folder, "clip_cameras.json");
  EXPECT_THAT(cameras["about"].get<std::string>(), HasSubstr("not aligned with each other"));
  EXPECT_EQ(cameras["width"], 56);
  EXPECT_EQ(cameras["height"], 28);
  ASSERT_EQ(cameras["frames"], 14);
  ASSERT_EQ(cameras["cameras"].size(), 14U);
  // The second window begins with frame 10, and takes over at its third output.
  EXPECT_EQ(cameras["cameras"][11]["window"], 0);
  EXPECT_EQ(cameras["cameras"][12]["window"], 1);
  EXPECT_EQ(cameras["cameras"][12]["frame"], 12);
  EXPECT_EQ(cameras["cameras"][12]["centre_px"], (std::vector<double>{28, 14}));
  EXPECT_EQ(cameras["cameras"][12]["world_to_camera"].size(), 3U);
  const nlohmann::json report = json_in(folder, "clip_report.json");
  EXPECT_EQ(report["result"]["values"], "relative inverse depth");
  EXPECT_EQ(report["result"]["windows"], 2);
  EXPECT_EQ(report["settings"]["pose"], true);
  EXPECT_EQ(report["settings"]["window"], 16);
  EXPECT_THAT(report["outputs"].dump(), HasSubstr("clip_cameras.json"));
  EXPECT_THAT(report["notes"].dump(), HasSubstr("cameras of different windows are not aligned"));
}

// Cameras are those of the networks, whatever the size of the output.
TEST(GemDepthRun, GivesCamerasInPixelsOfTheOutput) {
  const TemporaryFolder folder;
  const Words words = {"--frames", "3", "--save-cameras"};
  ASSERT_EQ(run_program(folder.path(), gem_run(words)).exit_code, 0);
  const nlohmann::json small = json_in(folder, "clip_cameras.json");
  ASSERT_EQ(run_program(folder.path(), gem_run(joined(words, {"--restore-res", "--overwrite"})))
                .exit_code,
            0);
  const nlohmann::json large = json_in(folder, "clip_cameras.json");
  EXPECT_EQ(large["width"], 96);
  EXPECT_EQ(large["height"], 54);
  for (std::size_t frame = 0; frame < 3; ++frame) {
    const nlohmann::json &one = small["cameras"][frame], &other = large["cameras"][frame];
    EXPECT_EQ(one["world_to_camera"], other["world_to_camera"]);
    EXPECT_EQ(other["centre_px"], (std::vector<double>{48, 27}));
    for (const auto& [axis, scale] : {std::pair{0U, 96. / 56}, {1U, 54. / 28}}) {
      ASSERT_EQ(one["focal_px"][axis].is_null(), other["focal_px"][axis].is_null());
      if (one["focal_px"][axis].is_null()) continue;
      const double focal = one["focal_px"][axis].get<double>() * scale;
      EXPECT_NEAR(other["focal_px"][axis].get<double>() / focal, 1, 1e-12);
    }
  }
}

TEST(GemDepthRun, GivesCamerasOfEachShot) {
  const TemporaryFolder folder;
  std::ofstream(folder / "scenes.json")
      << R"({"scenes": [{"start_frame": 0, "end_frame": 9}, {"start_frame": 9, "end_frame": 70}]})";
  const ProgramResult result = run_program(
      folder.path(),
      gem_run({"--window", "8", "--frames", "20", "--save-cameras", "--scenes", "scenes.json"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json cameras = json_in(folder, "clip_cameras.json")["cameras"];
  ASSERT_EQ(cameras.size(), 20U);
  EXPECT_EQ(cameras[8]["shot"], 0);
  EXPECT_EQ(cameras[8]["window"], 1);
  EXPECT_EQ(cameras[9]["shot"], 1);
  EXPECT_EQ(cameras[9]["window"], 0);
}

TEST(GemDepthRun, PlansWithoutRunning) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), gem_run({"--dry-run", "--save-cameras", "--window", "8"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("96×54, 70 frames at 24 fps → 56×28"),
                                HasSubstr("windows   17 of 8 frames, 4 apart"),
                                HasSubstr("clip_cameras.json")));
  EXPECT_FALSE(std::filesystem::exists(folder / "output"));
}

void expect_refused(const TemporaryFolder& folder, const Words& words, const std::string& text) {
  const ProgramResult result = run_program(folder.path(), words);
  EXPECT_EQ(result.exit_code, 2) << text;
  EXPECT_THAT(lines_of(result.err).back(), HasSubstr(text));
  EXPECT_FALSE(std::filesystem::exists(folder / "output"));
}

TEST(GemDepthRun, RefusesWhatItDoesNotDo) {
  const TemporaryFolder folder;
  expect_refused(folder, gem_run({"--mode", "streaming"}),
                 "--mode: belongs to models of kind 'video-depth-anything', and this one is of "
                 "kind 'gemdepth'");
  expect_refused(folder, gem_run({"--window", "12"}), "--window: 12 is none of 32, 16 and 8");
  expect_refused(folder, gem_run({"--no-pose", "--save-cameras"}),
                 "--save-cameras: without --pose no camera is found");
  expect_refused(folder, gem_run({"--seed", "1"}), "belongs to models of kind 'rollingdepth'");
  expect_refused(folder,
                 {"live", "-i", data_file("vda") / "clip.mp4", "-c", data_file("gem") / "model",
                  "-o", "depth.mp4"},
                 "is of kind 'gemdepth', which needs the frames that follow");
}

TEST(GemDepthRun, KeepsItsOptionsToItself) {
  const TemporaryFolder folder;
  for (const Words& words : {Words{"--no-pose"}, Words{"--window", "8"}, Words{"--save-cameras"}}) {
    const std::string name = words[0] == "--no-pose" ? "--pose" : words[0];
    expect_refused(
        folder,
        joined({"-i", data_file("vda") / "clip.mp4", "-c", data_file("vda") / "model"}, words),
        name + ": belongs to models of kind 'gemdepth'");
    expect_refused(folder, testing::small_run(joined({"-i", testing::case_clip("fast")}, words)),
                   name + ": belongs to models of kind 'gemdepth'");
  }
}

TEST(GemDepthRun, GoesOnWhereItWasKilled) {
  const Words arguments = gem_run({"--window", "16", "--frames", "40", "--save-cameras"});
  const auto expected = testing::outputs_of(arguments);
  for (const char* const point : {"windows:30", "stitch:20", "write:9"}) {
    const TemporaryFolder folder;
    ASSERT_EQ(stop_at(folder.path(), arguments, point, SIGKILL).exit_code, 128 + SIGKILL);
    const ProgramResult result = run_program(folder.path(), arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(outputs_in(folder.path()), expected) << point;
  }
}

// The work of the first is kept and named.
TEST(GemDepthRun, KeepsAnUnfinishedJobOfOtherWindows) {
  const TemporaryFolder folder;
  stop_at(folder.path(), gem_run({}), "windows:20", SIGKILL);
  for (const Words& words : {Words{"--window", "8"}, Words{"--no-pose"}}) {
    const ProgramResult result = run_program(folder.path(), gem_run(words));
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(lines_of(result.err).back(),
                HasSubstr(words[0] == "--window" ? "--window" : "--pose"));
    EXPECT_TRUE(std::filesystem::exists(folder / "output/clip.job"));
  }
}

}  // namespace
}  // namespace rollingdepth
