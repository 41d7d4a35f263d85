// How clips are read and timed, from the command line to the files: times that are odd, interlaced
// pictures, what is encrypted.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/colour_clip.hpp"
#include "app/run/inputs.hpp"
#include "app/run/options.hpp"
#include "base/formatted.hpp"
#include "decode/video_reader.hpp"
#include "media/npy.hpp"
#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProgramResult;
using testing::run_program;
using testing::TemporaryFolder;
using testing::text_of;

void run_ffmpeg(const std::string& arguments) {
  const std::string command =
      std::string("'") + ROLLINGDEPTH_FFMPEG + "' -v error -nostdin -y " + arguments;
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// `arguments` and what makes a run fast, on any machine the same.
ProgramResult run_fast(const TemporaryFolder& folder, std::vector<std::string> arguments) {
  for (const char* word : {"--res", "0", "--device", "cpu", "--dtype", "fp32", "--quality",
                           "ultra_fast", "--threads", "1", "--cmap", "Greys_r"}) {
    arguments.emplace_back(word);
  }
  return run_program(folder.path(), arguments);
}

nlohmann::json report_of(const TemporaryFolder& folder, const std::string& stem) {
  return nlohmann::json::parse(text_of(folder / "output" / (stem + "_report.json")));
}

// The time of each frame of a video that was written, in seconds.
std::vector<double> times_of(const fs::path& video) {
  const auto source = open_video(video);
  std::vector<double> times;
  while (const auto frame = source->next()) {
    times.push_back(static_cast<double>(frame->pts.value()) * source->info().time_base.value());
  }
  return times;
}

// A hold of more than 2^31 ticks of the input's clock, not in whole frames.
TEST(ClipReading, WritesALongHoldInEveryVideo) {
  const TemporaryFolder folder;
  run_ffmpeg(
      "-f lavfi -i testsrc2=s=32x32:r=20 -vf "
      "\"settb=1/1000,setpts='round((N*0.05+if(gt(N,5),3.013,0))/TB)'\" -vsync vfr -frames:v 10 "
      "-c:v ffv1"
      " -enc_time_base 1/1000000000 '" +
      (folder / "hold.nut").string() + "'");
  const ProgramResult result = run_fast(folder, {"-i", "hold.nut", "--depth-video", "h265"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* name : {"hold_Greys_r.mp4", "hold_rgbd.mp4", "hold_depth.mp4"}) {
    const std::vector<double> times = times_of(folder / "output" / name);
    ASSERT_EQ(times.size(), 10U) << name;
    for (std::size_t n = 0; n < 10; ++n) {
      const double expected = 0.05 * static_cast<double>(n) + (n > 5 ? 3.013 : 0);
      EXPECT_NEAR(times[n] - times[0], expected, 1e-4) << name << ", frame " << n;
    }
  }
  EXPECT_TRUE(report_of(folder, "hold")["input"]["variable_frame_rate"].get<bool>());
}

// Two parts of a broadcast: told on the screen and in the report, and closed up.
TEST(ClipReading, TellsOfAClockThatJumps) {
  const TemporaryFolder folder;
  const std::string coding = " -f lavfi -i testsrc2=s=32x32:r=25 -frames:v 6 -c:v mpeg2video -bf 0";
  run_ffmpeg(coding + " '" + (folder / "a.ts").string() + "'");
  run_ffmpeg(coding + " -output_ts_offset 36000 '" + (folder / "b.ts").string() + "'");
  const std::string tail = text_of(folder / "b.ts");
  std::ofstream(folder / "a.ts", std::ios::binary | std::ios::app) << tail;
  const ProgramResult result = run_fast(folder, {"-i", "a.ts"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("the clock jumps 1 time: closed up"));
  const nlohmann::json report = report_of(folder, "a");
  EXPECT_THAT(report["warnings"].dump(), HasSubstr("the clock jumps 1 time"));
  EXPECT_EQ(report["input"]["frame_rate"], "25/1");
  EXPECT_LT(times_of(folder / "output/a_rgbd.mp4").back(), 1);
}

// 64 x 48 pixels of linear light.
void write_pfm(const fs::path& file, float value) {
  std::ofstream stream(file, std::ios::binary);
  stream << "PF\n64 48\n-1.0\n";
  for (int i = 0; i < 64 * 48 * 3; ++i) {
    stream.write(reinterpret_cast<const char*>(&value), sizeof value);
  }
}

// A run that goes on does not read the clip again, and has all the same to say of it.
TEST(ClipReading, KeepsRemarksForTheRunThatGoesOn) {
  const TemporaryFolder folder;
  for (int i = 0; i < 6; ++i) {
    write_pfm(folder / formatted("f%d.pfm", i), i == 4 ? 2.0F : 0.5F);
  }
  const std::vector<std::string> words = {
      "-i",     "f%d.pfm", "--res",    "0",   "--dtype",   "fp32", "--quality",   "ultra_fast",
      "--cmap", "Greys_r", "--device", "cpu", "--threads", "1",    "--dilations", "1"};
  EXPECT_EQ(testing::stop_at(folder.path(), words, "snippets:1", SIGTERM).exit_code, 75);
  const ProgramResult result = run_program(folder.path(), words);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("goes on"), HasSubstr("values above 1")));
  const std::string stem = fs::directory_iterator(folder / "output")->path().filename().string();
  EXPECT_THAT(report_of(folder, stem.substr(0, stem.find('_')))["warnings"].dump(),
              HasSubstr("values above 1"));
}

/// 60 small frames, another picture from the 31st on, of which a tenth of the bytes are zeroed; but
/// in MP4, MPEG-4, whose packets do not tell how many pictures there are.
class DamagedClip : public ::testing::Test {
 protected:
  void make(const fs::path& clip) const {
    run_ffmpeg(
        "-f lavfi -i testsrc2=s=96x64:r=25:d=1.2 -f lavfi -i smptehdbars=s=96x64:r=25:d=1.2"
        " -filter_complex \"[0]format=yuv420p[a];[1]format=yuv420p[b];[a][b]concat\""
        " -g 10 -bf 0 -c:v " +
        std::string(clip.extension() == ".mp4" ? "libx264" : "mpeg4") + " '" + clip.string() + "'");
    std::string bytes = text_of(clip);
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() * 3 / 10),
                bytes.size() / 10, '\0');
    std::ofstream(clip, std::ios::binary) << bytes;
  }

  // Once each.
  void expect_told(const ProgramResult& result) const {
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const nlohmann::json report = report_of(folder_, "clip");
    EXPECT_EQ(report["shots"].size(), 2U);
    std::vector<std::string> told;
    for (const std::string line : report["warnings"]) {
      if (line.find("damaged") != std::string::npos) told.push_back(line);
    }
    EXPECT_THAT(told, Contains(HasSubstr("damaged frame")));
    EXPECT_EQ(std::set<std::string>(told.begin(), told.end()).size(), told.size());
    for (const std::string& line : told) EXPECT_THAT(result.err, HasSubstr(line));
  }

  TemporaryFolder folder_;
};

// Whichever reading has met it: that which finds the shots, that which counts the frames of a list
// of scenes, or that of the frames.
TEST_F(DamagedClip, IsToldOfWhereItHasShots) {
  make(folder_ / "clip.mp4");
  expect_told(run_fast(folder_, {"-i", "clip.mp4", "--scenes", "auto"}));
  std::ofstream(folder_ / "shots.csv") << "Start Frame\n1\n21\n";
  expect_told(run_fast(folder_, {"-i", "clip.mp4", "--scenes", "shots.csv", "--overwrite"}));
  make(folder_ / "clip.ts");
  expect_told(run_fast(folder_, {"-i", "clip.ts", "--scenes", "shots.csv", "--overwrite"}));
}

// By the run that goes on, which reads nothing of the clip.
TEST_F(DamagedClip, IsToldOfAfterAKill) {
  make(folder_ / "clip.mp4");
  std::ofstream(folder_ / "shots.csv") << "Start Frame\n1\n21\n";
  const std::vector<std::string> words = {
      "-i",     "clip.mp4", "--res",    "0",   "--dtype",   "fp32", "--quality", "ultra_fast",
      "--cmap", "Greys_r",  "--device", "cpu", "--threads", "1",    "--scenes",  "shots.csv"};
  const std::string end = std::to_string(times_of(folder_ / "clip.mp4").size());
  const ProgramResult killed = testing::stop_at(folder_.path(), words, "shots:" + end, SIGKILL);
  EXPECT_EQ(killed.exit_code, 128 + SIGKILL);
  expect_told(run_program(folder_.path(), words));
}

// All of its pictures: with more threads they are not the same each time.
TEST_F(DamagedClip, IsDecodedWithAsManyThreadsAsTheCommandHas) {
  const fs::path clip = folder_ / "clip.mp4";
  run_ffmpeg("-f lavfi -i testsrc2=s=320x240:r=25 -frames:v 60 -g 20 -c:v libx264 '" +
             clip.string() + "'");
  std::string bytes = text_of(clip);
  for (std::size_t i = bytes.size() / 5; i < bytes.size(); i += 1500) bytes[i] ^= 4;
  std::ofstream(clip, std::ios::binary) << bytes;
  RunOptions options;
  options.inputs = {clip.string()};
  options.threads = 1;
  const auto of_run = plan_inputs(options).inputs.front().open();
  options.threads = 0;
  options.planned.emplace().decoder_threads = 1;
  const auto of_job = plan_inputs(options).inputs.front().open();
  const auto beside_depth = open_colour_clip(clip, {}, {.threads = 1});
  const auto expected = open_video(clip, {.threads = 1});
  while (const auto frame = expected->next()) {
    for (FrameSource* source : {of_run.get(), of_job.get(), beside_depth.get()}) {
      const auto same = source->next();
      ASSERT_TRUE(same && same->rgb.equal(frame->rgb));
    }
  }
}

// The plan has read the clip for its shots, or to count its frames.
TEST_F(DamagedClip, IsToldOfByThePlanAndTheMerge) {
  std::ofstream(folder_ / "shots.csv") << "Start Frame\n1\n21\n";
  for (const auto& [clip, scenes] : {std::pair{"clip.mp4", "auto"}, {"clip.ts", "shots.csv"}}) {
    make(folder_ / clip);
    const ProgramResult planned = run_program(
        folder_.path(), {"plan", "-i", clip, "--scenes", scenes, "--res", "0", "--dtype", "fp32",
                         "--quality", "ultra_fast", "--device", "cpu", "--overwrite"});
    ASSERT_EQ(planned.exit_code, 0) << planned.err;
    EXPECT_THAT(planned.err, HasSubstr("damaged frame"));
    EXPECT_EQ(run_program(folder_.path(), {"work", "output/clip.job"}).exit_code, 0);
    expect_told(run_program(folder_.path(), {"merge", "output/clip.job"}));
  }
}

TEST(ClipReading, TellsOfInterlacedPicturesAndMakesWholeOnesOnRequest) {
  const TemporaryFolder folder;
  run_ffmpeg(
      "-f lavfi -i testsrc2=s=64x48:r=50,interlace=lowpass=0 -frames:v 6 -c:v mpeg2video -q:v 1"
      " -flags +ildct+ilme '" +
      (folder / "clip.mpg").string() + "'");
  const ProgramResult woven = run_fast(folder, {"-i", "clip.mpg"});
  ASSERT_EQ(woven.exit_code, 0) << woven.err;
  EXPECT_THAT(woven.err, AllOf(HasSubstr("interlaced"), HasSubstr("--deinterlace")));
  EXPECT_THAT(report_of(folder, "clip")["warnings"].dump(), HasSubstr("interlaced"));
  EXPECT_EQ(report_of(folder, "clip")["settings"]["deinterlace"], false);
  const at::Tensor before = read_npy(folder / "output/clip_pred.npy");

  // Other settings: the outputs are not taken for this run's.
  EXPECT_EQ(run_fast(folder, {"-i", "clip.mpg", "--deinterlace"}).exit_code, 1);
  const ProgramResult whole = run_fast(folder, {"-i", "clip.mpg", "--deinterlace", "--overwrite"});
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_THAT(whole.err, AllOf(HasSubstr(", deinterlaced → "), Not(HasSubstr("warning: clip"))));
  EXPECT_EQ(report_of(folder, "clip")["settings"]["deinterlace"], true);
  const at::Tensor after = read_npy(folder / "output/clip_pred.npy");
  EXPECT_EQ(after.sizes(), before.sizes());
  EXPECT_FALSE(at::equal(after, before));
  EXPECT_EQ(times_of(folder / "output/clip_rgbd.mp4").size(), 6U);
}

TEST(ClipReading, PlansWithAboutWhereFramesAreNotCounted) {
  const TemporaryFolder folder;
  run_ffmpeg("-f lavfi -i testsrc2=s=32x32:r=25 -frames:v 400 -c:v mpeg2video '" +
             (folder / "long.ts").string() + "'");
  const ProgramResult result =
      run_program(folder.path(),
                  {"-i", "long.ts", "--dry-run", "--deinterlace", "--res", "0", "--device", "cpu"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("32×32, about "), HasSubstr(" fps, deinterlaced → "),
                                HasSubstr("snippets  about ")));
}

TEST(ClipReading, CallsAnEncryptedClipSo) {
  const TemporaryFolder folder;
  run_ffmpeg(
      "-f lavfi -i testsrc2=s=64x48:r=25 -frames:v 5 -c:v libx264 -pix_fmt yuv420p"
      " -encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff"
      " -encryption_kid ffeeddccbbaa99887766554433221100 '" +
      (folder / "film.mp4").string() + "'");
  const ProgramResult result = run_fast(folder, {"-i", "film.mp4"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("film.mp4"), HasSubstr("it is encrypted")));
}

}  // namespace
}  // namespace rollingdepth
