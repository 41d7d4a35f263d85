// The executable as a user meets it.
#include "program.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "decode/video_reader.hpp"
#include "media/npy.hpp"
#include "parity.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::case_clip;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::files_below;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines_of;
using ::testing::Not;
using testing::Program;
using testing::ProgramResult;
using testing::run_program;
using testing::small_run;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using testing::text_of;

const std::vector<std::string> kNpyOnly = {"--save-sbs", "false", "--cmap", ""};

std::vector<std::string> joined(std::vector<std::string> words,
                                const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(Program, WritesAllFilesOfAClipAndNamesThem) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(
      folder.path(), small_run({"-i", case_clip("fast"), "-o", "depth", "--save-snippets"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(
      lines_of(result.out),
      ElementsAre("depth/clip_pred.npy", "depth/clip_Spectral_r.mp4", "depth/clip_Greys_r.mp4",
                  "depth/clip_rgbd.mp4", "depth/clip_snippets.npz", "depth/clip_report.json"));
  EXPECT_THAT(files_below(folder / "depth"),
              ElementsAre("clip_Greys_r.mp4", "clip_Spectral_r.mp4", "clip_pred.npy",
                          "clip_report.json", "clip_rgbd.mp4", "clip_snippets.npz"));
  EXPECT_EQ(read_npy(folder / "depth/clip_pred.npy").sizes(), at::IntArrayRef({5, 48, 64}));
  for (const char* words : {"rollingdepth 0.1.0 · cpu, 1 thread, fp32 · model ", "random weights",
                            "clip.mp4 · 64×48, 5 frames at 24 fps → 64×48", "  encode    5/5",
                            "  snippets  ", "  align     irls, ", "  write     5/5",
                            "frames/s, peak memory ", "--res 0 replaces 768 of preset fast"}) {
    EXPECT_THAT(result.err, HasSubstr(words));
  }
}

TEST(Program, ReportsSettingsVersionsAndWhatHappened) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), small_run({"-i", case_clip("fast"), "--seed", "7"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto report = nlohmann::json::parse(text_of(folder / "output/clip_report.json"));
  EXPECT_EQ(report["versions"]["rollingdepth"], "0.1.0");
  EXPECT_EQ(report["settings"]["seed"], 7);
  EXPECT_EQ(report["settings"]["quality"], "ultra_fast");
  EXPECT_EQ(report["model"]["dtype"], "fp32");
  EXPECT_EQ(report["model"]["hash"].get<std::string>().size(), 64U);
  EXPECT_EQ(report["input"]["frame_rate"], "24/1");
  EXPECT_EQ(report["result"]["frames"], 5);
  EXPECT_GT(report["alignment"]["rounds"], 0);
  EXPECT_GT(report["peak_memory_bytes"], 1000000);
  EXPECT_GE(report["stages"].size(), 4U);
  EXPECT_EQ(report["outputs"].size(), 5U);
}

// The whole chain on a recorded case: decoding, inference and the fit each add their small part, so
// the bound is wider than that of a single stage.
TEST(Program, ReproducesTheRecordedDepthOfACase) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(
      folder.path(), joined({"-i", case_clip("fast"), "--res", "0", "--device", "cpu", "--dtype",
                             "fp32", "--quality", "paper", "--aligner", "adam", "--threads", "1"},
                            kNpyOnly));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const at::Tensor recorded = testing::case_array("fast", "coaligned").squeeze(1);
  const at::Tensor depth =
      testing::frames_recorded(read_npy(folder / "output/clip_pred.npy"), recorded);
  testing::expect_parity("whole run, mean", "fast", testing::mean_difference(depth, recorded),
                         5e-3);
}

void run_ffmpeg(const std::string& arguments) {
  const std::string command =
      std::string(ROLLINGDEPTH_FFMPEG) + " -v error -nostdin -y " + arguments;
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// Seconds after the first frame at which each frame of a video is shown.
std::vector<double> times_of(const fs::path& video) {
  const auto source = open_video(video);
  std::vector<double> times;
  std::optional<std::int64_t> first;
  while (const auto frame = source->next()) {
    if (!first) first = frame->pts;
    times.push_back(static_cast<double>(frame->pts.value() - *first) *
                    source->info().time_base.value());
  }
  return times;
}

TEST(Program, TakesClipsOfAFewFrames) {
  for (const std::string frames : {"1", "2", "3", "5", "6"}) {
    const TemporaryFolder folder;
    const ProgramResult result = run_program(
        folder.path(), joined({"-i", case_clip("pairs"), "--res", "0", "--device", "cpu", "--dtype",
                               "fp32", "--threads", "1", "--frames", frames, "--refine-step", "1"},
                              kNpyOnly));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const at::Tensor depth = read_npy(folder / "output/clip_pred.npy");
    EXPECT_EQ(depth.sizes(), at::IntArrayRef({std::stoll(frames), 40, 72}));
    EXPECT_TRUE(depth.isfinite().all().item<bool>()) << frames << " frames";
  }
}

// Frame n is shown at n * n / 24 seconds.
TEST(Program, KeepsTheTimesOfAVariableRateToTheEnd) {
  const TemporaryFolder folder;
  run_ffmpeg("-i " + case_clip("fast") + " -frames:v 5 -vf setpts=N*N/24/TB -vsync vfr " +
             (folder / "varying.mp4").string());
  const ProgramResult result = run_program(
      folder.path(), {"-i", "varying.mp4", "--res", "0", "--device", "cpu", "--threads", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* name : {"varying_Greys_r.mp4", "varying_rgbd.mp4"}) {
    const std::vector<double> times = times_of(folder / "output" / name);
    ASSERT_EQ(times.size(), 5U) << name;
    for (std::size_t n = 0; n < times.size(); ++n) {
      EXPECT_NEAR(times[n], static_cast<double>(n * n) / 24, 1e-3) << name << " frame " << n;
    }
  }
}

TEST(Program, TurnsAClipAsItsMetadataSays) {
  const TemporaryFolder folder;
  run_ffmpeg("-i " + case_clip("fast") + " -c copy -metadata:s:v:0 rotate=90 " +
             (folder / "turned.mp4").string());
  const ProgramResult result =
      run_program(folder.path(), joined({"-i", "turned.mp4", "--res", "0", "--device", "cpu",
                                         "--frames", "3", "--threads", "1"},
                                        kNpyOnly));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(read_npy(folder / "output/turned_pred.npy").sizes(), at::IntArrayRef({3, 64, 48}));
}

TEST(Program, SkipsOnASecondRunOverItsOwnOutputFolder) {
  const TemporaryFolder folder;
  fs::copy(case_clip("pairs"), folder / "clip.mp4");
  const auto arguments = small_run({"-i", ".", "-o", "."});
  ASSERT_EQ(run_program(folder.path(), arguments).exit_code, 0);
  const ProgramResult again = run_program(folder.path(), arguments);
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("skipped"));
}

TEST(Program, SkipsAnInputWhoseOutputsExistUnlessToldToOverwrite) {
  const TemporaryFolder folder;
  const auto arguments = small_run(joined({"-i", case_clip("fast")}, kNpyOnly));
  ASSERT_EQ(run_program(folder.path(), arguments).exit_code, 0);
  std::ofstream(folder / "output/clip_pred.npy") << "mine";

  const ProgramResult skipped = run_program(folder.path(), arguments);
  EXPECT_EQ(skipped.exit_code, 0);
  EXPECT_THAT(skipped.err, AllOf(HasSubstr("skipped"), HasSubstr("--overwrite")));
  EXPECT_EQ(text_of(folder / "output/clip_pred.npy"), "mine");

  EXPECT_EQ(run_program(folder.path(), joined(arguments, {"--overwrite"})).exit_code, 0);
  EXPECT_EQ(read_npy(folder / "output/clip_pred.npy").size(0), 5);
}

TEST(Program, RunsAFolderRecursivelyAndKeepsItsSubfolders) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "clips/deep");
  fs::copy(case_clip("fast"), folder / "clips/clip.mp4");
  fs::copy(case_clip("paper"), folder / "clips/deep/clip.mp4");
  const ProgramResult result =
      run_program(folder.path(), small_run(joined({"-i", "clips", "--recursive"}, kNpyOnly)));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(files_below(folder / "output"),
              ElementsAre("clip_pred.npy", "clip_report.json", "deep/clip_pred.npy",
                          "deep/clip_report.json"));
  EXPECT_THAT(result.err, HasSubstr("2 inputs: 2 done, 0 skipped, 0 failed"));
}

TEST(Program, GoesOnAfterAnInputThatFailsAndExitsWithThree) {
  const TemporaryFolder folder;
  std::ofstream(folder / "bad.mp4") << "text";
  const ProgramResult result = run_program(
      folder.path(), small_run(joined({"-i", "bad.mp4", "gone.mp4", case_clip("fast")}, kNpyOnly)));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("3 inputs: 1 done, 0 skipped, 2 failed"));
  EXPECT_THAT(result.err, HasSubstr("bad.mp4"));
  EXPECT_THAT(result.err, HasSubstr("gone.mp4"));
  EXPECT_THAT(files_below(folder / "output"), ElementsAre("clip_pred.npy", "clip_report.json"));
}

TEST(Program, ExitsWithOneWhenAllInputsFail) {
  const TemporaryFolder folder;
  std::ofstream(folder / "bad.mp4") << "text";
  const ProgramResult result = run_program(folder.path(), small_run({"-i", "bad.mp4", "gone.mp4"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("2 inputs: 0 done, 0 skipped, 2 failed"));
}

TEST(Program, ReadsImagesByFolderPatternAndList) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "shot");
  const std::string make = "'" ROLLINGDEPTH_FFMPEG "' -v error -i '" + case_clip("fast") +
                           "' -frames:v 4 '" + (folder / "shot/cat_%02d.png").string() + "'";
  ASSERT_EQ(std::system(make.c_str()), 0);
  // The same pictures in two places: those of one place would run once.
  fs::copy(folder / "shot", folder / "copy");
  std::ofstream(folder / "list.txt") << "# a folder and a pattern\nshot\ncopy/cat_%02d.png\n";
  const ProgramResult result =
      run_program(folder.path(), small_run(joined({"-i", "list.txt"}, kNpyOnly)));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("64×48, 4 frames at 25 fps"));
  EXPECT_TRUE(at::equal(read_npy(folder / "output/shot_pred.npy"),
                        read_npy(folder / "output/cat_pred.npy")));
}

TEST(Program, RestoresTheInputsSizeInAllOutputsOnRequest) {
  const TemporaryFolder folder;
  const std::string make = "'" ROLLINGDEPTH_FFMPEG
                           "' -v error -f lavfi -i testsrc2 -frames:v 3 -vf scale=51:37,setsar=1 "
                           "-c:v ffv1 -pix_fmt bgr0 '" +
                           (folder / "odd.mkv").string() + "'";
  ASSERT_EQ(std::system(make.c_str()), 0);
  const ProgramResult result =
      run_program(folder.path(), small_run({"-i", "odd.mkv", "--restore-res"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(read_npy(folder / "output/odd_pred.npy").sizes(), at::IntArrayRef({3, 37, 51}));
  const auto report = nlohmann::json::parse(text_of(folder / "output/odd_report.json"));
  ASSERT_EQ(report["notes"].size(), 5U) << report["notes"];
  EXPECT_THAT(report["notes"][0].get<std::string>(), HasSubstr("padded by one column"));
}

TEST(Program, StopsSoonAfterCtrlCAndLeavesNoOutput) {
  const TemporaryFolder folder;
  // At this size the run would take minutes.
  Program program(folder.path(),
                  {"-i", case_clip("fast"), "--res", "256", "--device", "cpu", "--dtype", "fp32",
                   "--threads", "1", "--quality", "paper", "--save-npz", "--save-png16",
                   "--save-exr", "--depth-video", "h265", "--profile"});
  ASSERT_TRUE(program.signal_when_said("→", SIGINT, std::chrono::seconds(60))) << program.err();
  const auto sent = std::chrono::steady_clock::now();
  EXPECT_EQ(program.wait(), 130);
  EXPECT_LT(std::chrono::steady_clock::now() - sent, std::chrono::seconds(10));
  EXPECT_THAT(lines_of(program.err()), Contains("rollingdepth: error: interrupted"));
  EXPECT_THAT(files_below(folder / "output"), Each(StartsWith("clip.job/")));
}

TEST(Program, PlansWithoutWritingAnything) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(
      folder.path(), {"-i", case_clip("fast"), "--dry-run", "--res", "0", "--device", "cpu"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  // 40 frames: 38 snippets one apart, 40 - 2 * 12 of the spacing capped to 12.
  for (const char* words :
       {"clip.mp4 · 64×48, 40 frames at 24 fps → 64×48", "54 of 3 frames, dilations 1 12",
        "memory    about ", "output/clip_pred.npy", "output/clip_rgbd.mp4"}) {
    EXPECT_THAT(result.out, HasSubstr(words));
  }
  EXPECT_FALSE(fs::exists(folder / "output"));
}

TEST(Program, SaysNothingButWarningsWhenQuiet) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), small_run(joined({"-i", case_clip("fast"), "--quiet"}, kNpyOnly)));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, IsEmpty());
  for (const std::string& line : lines_of(result.err)) {
    EXPECT_TRUE(line.starts_with("rollingdepth: warning: ")) << line;
  }
}

TEST(Program, TellsVersionsDevicesAndColourMaps) {
  const TemporaryFolder folder;
  const ProgramResult version = run_program(folder.path(), {"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, AllOf(StartsWith("rollingdepth 0.1.0"), HasSubstr("LibTorch 2."),
                                 HasSubstr("libavcodec"), HasSubstr("OpenCV ")));
  EXPECT_THAT(run_program(folder.path(), {"--list-devices"}).out, HasSubstr("cpu "));
  EXPECT_THAT(run_program(folder.path(), {"--list-colormaps"}).out,
              AllOf(HasSubstr("Spectral_r\n"), HasSubstr("viridis\n")));
  EXPECT_THAT(run_program(folder.path(), {"--help"}).out, HasSubstr("Usage: rollingdepth"));
}

}  // namespace
}  // namespace rollingdepth
