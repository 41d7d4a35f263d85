// Packages of Video-Depth-Anything, as a user runs them.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "media/npy.hpp"
#include "own_networks.hpp"
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
using ::testing::Not;
using testing::outputs_in;
using testing::ProgramResult;
using testing::run_program;
using testing::stop_at;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Words;

Words video_run(const Words& more) {
  return joined({"-i", data_file("vda") / "clip.mp4", "-c", data_file("vda") / "model", "--res",
                 "28", "--dtype", "fp32", "--threads", "1", "--cmap", "", "--no-save-sbs"},
                more);
}

nlohmann::json report_in(const TemporaryFolder& folder) {
  return nlohmann::json::parse(text_of(folder / "output/clip_report.json"));
}

TEST(VideoDepthAnything, RunsWithTheFirstCommandOfTheReadme) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(
      folder.path(), {"-i", data_file("vda") / "clip.mp4", "-p", "fast", "-q", "fast", "-c",
                      data_file("vda") / "model", "--res", "28", "--frames", "5"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("--preset has no effect on models of kind 'video-depth-anything'"),
                    HasSubstr("--quality has no effect"), Not(HasSubstr("replaces"))));
  EXPECT_THAT(files_below(folder / "output"),
              ElementsAre("clip_Greys_r.mp4", "clip_Spectral_r.mp4", "clip_pred.npy",
                          "clip_report.json", "clip_rgbd.mp4"));
}

TEST(VideoDepthAnything, ReportsWhatItsNumbersAre) {
  const TemporaryFolder folder;
  ASSERT_EQ(run_program(folder.path(), video_run({})).exit_code, 0);
  const nlohmann::json report = report_in(folder);
  EXPECT_EQ(report["result"]["values"], "relative inverse depth");
  EXPECT_EQ(report["result"]["mode"], "offline");
  EXPECT_EQ(report["result"]["windows"], 4);
  EXPECT_FALSE(report["settings"].contains("preset"));
  const at::Tensor depth = read_npy(folder / "output/clip_pred.npy");
  EXPECT_EQ(depth.sizes(), (std::vector<std::int64_t>{70, 28, 56}));
  EXPECT_GT(depth.max().item<float>(), 1);
}

TEST(VideoDepthAnything, PlansWithoutRunning) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(folder.path(), video_run({"--dry-run"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("96×54, 70 frames at 24 fps → 56×28"),
                                HasSubstr("windows   4 of 32 frames, 22 apart")));
}

TEST(VideoDepthAnything, RefusesOptionsOfTheOtherMethodByName) {
  const TemporaryFolder folder;
  for (const Words& options : {Words{"--dilations", "1"}, Words{"--chunk-frames", "64"},
                               Words{"--save-snippets"}, Words{"--resample-method", "BICUBIC"}}) {
    const ProgramResult result = run_program(folder.path(), video_run(options));
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(
        lines_of(result.err).back(),
        AllOf(HasSubstr(options[0]), HasSubstr("belongs to models of kind 'rollingdepth'")));
  }
  const ProgramResult result = run_program(
      folder.path(), testing::small_run({"-i", testing::case_clip("fast"), "--mode", "streaming"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--mode: belongs to models of kind 'video-depth-anything'"));
  EXPECT_FALSE(std::filesystem::exists(folder / "output"));
}

TEST(VideoDepthAnything, GoesOnWhereItWasKilled) {
  struct Kill {
    Words options;
    Words points;
  };
  for (const auto& [options, points] :
       {Kill{{}, {"windows:40", "stitch:30", "write:9"}},
        Kill{{"--mode", "streaming"}, {"stream:20", "stream:55", "write:9"}}}) {
    const Words arguments = video_run(options);
    const auto expected = testing::outputs_of(arguments);
    for (const std::string& point : points) {
      const TemporaryFolder folder;
      ASSERT_EQ(stop_at(folder.path(), arguments, point, SIGKILL).exit_code, 128 + SIGKILL);
      const ProgramResult result = run_program(folder.path(), arguments);
      EXPECT_EQ(result.exit_code, 0) << result.err;
      EXPECT_EQ(outputs_in(folder.path()), expected) << point;
    }
  }
}

// The work of the first is kept and named.
TEST(VideoDepthAnything, KeepsAnUnfinishedJobOfAnotherMode) {
  const TemporaryFolder folder;
  stop_at(folder.path(), video_run({"--mode", "streaming"}), "stream:20", SIGKILL);
  const ProgramResult result = run_program(folder.path(), video_run({}));
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(lines_of(result.err).back(), HasSubstr("--mode"));
  EXPECT_TRUE(std::filesystem::exists(folder / "output/clip.job"));
}

TEST(VideoDepthAnything, WritesMetresInMillimetres) {
  const TemporaryFolder folder;
  const auto package = folder / "metric";
  std::filesystem::copy(data_file("vda") / "model", package);
  auto document = nlohmann::json::parse(text_of(package / "model.json"));
  document["values"] = "metres";
  std::ofstream(package / "model.json") << document.dump();
  const Words arguments = {"-i",
                           data_file("vda") / "clip.mp4",
                           "-c",
                           package,
                           "--res",
                           "28",
                           "--dtype",
                           "fp32",
                           "--frames",
                           "3",
                           "--cmap",
                           "",
                           "--no-save-sbs",
                           "--save-png16",
                           "--save-png8",
                           "--png-scale"};
  const ProgramResult result = run_program(folder.path(), joined(arguments, {"1000"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto scale = nlohmann::json::parse(text_of(folder / "output/clip_png16/depth.json"));
  EXPECT_EQ(scale["min"], 0);
  EXPECT_NEAR(scale["scale"].get<double>(), 1e-3, 1e-12);
  EXPECT_EQ(scale["values"], "metres");
  EXPECT_TRUE(std::filesystem::exists(folder / "output/clip_png8/000002.png"));
  EXPECT_THAT(result.err, Not(HasSubstr("clipped")));
  // 65535 levels of 10,000 a metre: all beyond 6.6 m is lost, and said.
  const ProgramResult clipped =
      run_program(folder.path(), joined(arguments, {"10000", "--overwrite"}));
  EXPECT_EQ(clipped.exit_code, 0);
  EXPECT_THAT(clipped.err, HasSubstr("farther than 6.553 m and were clipped"));
  EXPECT_THAT(report_in(folder)["warnings"].dump(), HasSubstr("clipped"));
}

TEST(VideoDepthAnything, RefusesMetresThatItDoesNotGive) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), video_run({"--save-png16", "--png-scale", "1000"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(lines_of(result.err).back(),
              HasSubstr("--png-scale: needs depth in metres, and model 'untrained-reference-vda' "
                        "gives relative inverse depth"));
}

// Qualities are of an alignment that it does not have.
TEST(VideoDepthAnything, IsBenchedBySettings) {
  const TemporaryFolder folder;
  const Words clip = {"bench",     "-i", data_file("vda") / "clip.mp4", "--work-dir", ".",
                      "--repeats", "1"};
  const Words common = {"--",       "-c",      data_file("vda") / "model",
                        "--res",    "28",      "--device",
                        "cpu",      "--dtype", "fp32",
                        "--frames", "5",       "--threads",
                        "1"};
  const ProgramResult refused = run_program(folder.path(), joined(clip, common));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("qualities have no effect on models of kind"));
  const ProgramResult result = run_program(
      folder.path(),
      joined(joined(clip, {"--setting", "whole: --mode offline", "causal: --mode streaming"}),
             common));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("whole"), HasSubstr("causal"), HasSubstr("stitch"),
                                Not(HasSubstr("alignment error"))));
}

TEST(VideoDepthAnything, LeavesNothingToAlign) {
  const TemporaryFolder folder;
  ASSERT_EQ(run_program(folder.path(), video_run({"--frames", "2", "--save-npz"})).exit_code, 0);
  const ProgramResult result =
      run_program(folder.path(), {"align", "output/clip_pred.npz", "-o", "again.npy"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(lines_of(result.err).back(),
              AllOf(HasSubstr("clip_pred.npz"), HasSubstr("holds finished depth")));
  EXPECT_FALSE(std::filesystem::exists(folder / "again.npy"));
}

// Every second frame of 70, as a clip of its own.
TEST(VideoDepthAnything, RunsAReducedClip) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(
      folder.path(), video_run({"--target-fps", "12", "--max-res", "48", "--restore-res"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("48×28, 35 frames at 12 fps"));
  EXPECT_EQ(read_npy(folder / "output/clip_pred.npy").sizes(),
            (std::vector<std::int64_t>{35, 28, 48}));
  // Other frames are other outputs.
  const ProgramResult other = run_program(
      folder.path(), video_run({"--target-fps", "8", "--max-res", "48", "--restore-res"}));
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(lines_of(other.err).back(), HasSubstr("--target-fps"));
}

}  // namespace
}  // namespace rollingdepth
