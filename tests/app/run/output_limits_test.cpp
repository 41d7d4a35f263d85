// Outputs that cannot be written: said before a network runs, and no reason to lose the others.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::case_clip;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::files_below;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::job_in;
using testing::joined;
using testing::lines_of;
using ::testing::Not;
using testing::Program;
using testing::ProgramResult;
using testing::run_program;
using testing::small_run;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Words;

/// A clip of three frames of 8192 x 256 pixels: two of them beside each other are wider than x264
/// takes.
class WideClip : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string make =
        "'" ROLLINGDEPTH_FFMPEG
        "' -v error -f lavfi -i testsrc2 -frames:v 3 -vf scale=8192:256,setsar=1 "
        "-c:v ffv1 -pix_fmt bgr0 '" +
        (folder_ / "wide.mkv").string() + "'";
    ASSERT_EQ(std::system(make.c_str()), 0);
  }

  ProgramResult run(const Words& more) {
    return run_program(
        folder_.path(),
        joined({"-i", "wide.mkv", "--restore-res", "--res", "256", "--cmap", "Greys_r", "--quality",
                "ultra_fast", "--device", "cpu", "--dtype", "fp32", "--threads", "1"},
               more));
  }

  TemporaryFolder folder_;
  const std::string too_wide_ =
      "cannot write output/wide_rgbd.mp4: libx264 does not take pictures of 16394×256 pixels "
      "(smaller without --restore-res)";
};

TEST_F(WideClip, IsRunWithoutTheSideBySideThatNobodyNamed) {
  const ProgramResult dry = run({"--dry-run"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.err, HasSubstr("rollingdepth: warning: wide.mkv: " + too_wide_ + "; left out"));
  EXPECT_THAT(dry.out, Not(HasSubstr("wide_rgbd.mp4")));
  EXPECT_FALSE(fs::exists(folder_ / "output"));

  const ProgramResult real = run({});
  EXPECT_EQ(real.exit_code, 0) << real.err;
  EXPECT_THAT(real.err, HasSubstr(too_wide_));
  EXPECT_THAT(files_below(folder_ / "output"),
              ElementsAre("wide_Greys_r.mp4", "wide_pred.npy", "wide_report.json"));
  const auto report = nlohmann::json::parse(text_of(folder_ / "output/wide_report.json"));
  EXPECT_THAT(report["warnings"].get<Words>(), Contains(HasSubstr(too_wide_)));

  // Nothing is missing of it, so that it does not run again.
  const ProgramResult again = run({});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("wide.mkv · skipped"));
}

TEST_F(WideClip, FailsBeforeTheModelIsLoadedWhereTheSideBySideIsNamed) {
  fs::copy(testing::data_file("models") / "a", folder_ / "model");
  // Found by its hash, while it is loaded.
  std::string network = text_of(folder_ / "model/unet.ts");
  network[network.size() / 2] ^= 1;
  std::ofstream(folder_ / "model/unet.ts", std::ios::binary) << network;
  for (const Words& more : {Words{}, Words{"--dry-run"}}) {
    const ProgramResult result =
        run(joined({"--save-sbs", "-c", folder_ / "model", "--quiet"}, more));
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(lines_of(result.err), ElementsAre("rollingdepth: error: wide.mkv: " + too_wide_ +
                                                  "; --no-save-sbs leaves it out"));
    EXPECT_FALSE(fs::exists(folder_ / "output"));
  }
}

TEST_F(WideClip, DoesNotStopOthersThatCanRun) {
  const ProgramResult result =
      run({"-i", "wide.mkv", case_clip("fast"), "--save-sbs", "--no-save-npy", "--frames", "3"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("2 inputs: 1 done, 0 skipped, 1 failed"));
  EXPECT_TRUE(fs::exists(folder_ / "output/clip_rgbd.mp4"));
}

/// A clip whose name, without ".mp4", has so many bytes.
class LongName : public ::testing::Test {
 protected:
  ProgramResult run(std::size_t stem_bytes, const Words& more) {
    stem_ = std::string(stem_bytes, 'n');
    const fs::path clip = folder_ / (stem_ + ".mp4");
    if (!fs::exists(clip)) fs::copy(case_clip("fast"), clip);
    return run_program(folder_.path(), small_run(joined({"-i", clip.filename()}, more)));
  }

  TemporaryFolder folder_;
  std::string stem_;
};

TEST_F(LongName, LeavesOutAVideoThatCouldNotBeCalledAnything) {
  EXPECT_THAT(run(232, {"--dry-run"}).err, Not(HasSubstr("warning")));
  const ProgramResult result = run(235, {});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr(stem_ + "_Spectral_r.mp4: its name is 3 bytes too long while "
                                            "it is written (at most 255); a shorter one helps; "
                                            "left out"));
  EXPECT_THAT(files_below(folder_ / "output"),
              ElementsAre(stem_ + "_Greys_r.mp4", stem_ + "_pred.npy", stem_ + "_report.json",
                          stem_ + "_rgbd.mp4"));
}

TEST_F(LongName, IsRefusedAtTheStartWhereTheReportCouldNotBeWritten) {
  for (const std::size_t bytes : {236, 240, 251}) {
    for (const Words& more : {Words{"--quiet"}, Words{"--quiet", "--dry-run"}}) {
      const ProgramResult result = run(bytes, more);
      EXPECT_EQ(result.exit_code, 1);
      EXPECT_THAT(lines_of(result.err), ElementsAre(AllOf(HasSubstr("_report.json: its name is "),
                                                          HasSubstr(std::to_string(bytes - 235)),
                                                          HasSubstr("a shorter one helps"))));
      EXPECT_FALSE(fs::exists(folder_ / "output"));
    }
  }
}

TEST_F(LongName, IsRefusedWhereAnOutputThatIsNamedWouldBeTooLong) {
  EXPECT_EQ(run(234, {"--cmap", "Spectral_r"}).exit_code, 1);
  EXPECT_EQ(run(235, {"--save-snippets"}).exit_code, 1);
  EXPECT_EQ(run(233, {"--spool-dir", "spool"}).exit_code, 1);
  EXPECT_FALSE(fs::exists(folder_ / "output"));
  EXPECT_FALSE(fs::exists(folder_ / "spool"));
}

TEST(OutputFolders, ThatCannotBeMadeAreToldInADryRunToo) {
  const TemporaryFolder folder;
  std::ofstream(folder / "taken") << "";
  fs::create_symlink(folder / "nowhere", folder / "link");
  for (const char* where : {"taken", "taken/deeper", "link", "link/deeper"}) {
    for (const auto& [option, said] : {std::pair{"-o", "cannot write to the output folder "},
                                       {"--spool-dir", "cannot make the spool in "}}) {
      const ProgramResult result =
          run_program(folder.path(),
                      small_run({"-i", case_clip("fast"), option, where, "--dry-run", "--quiet"}));
      EXPECT_EQ(result.exit_code, 1);
      EXPECT_THAT(lines_of(result.err),
                  ElementsAre(HasSubstr("rollingdepth: error: " + (said + std::string(where)))));
    }
  }
}

TEST(OutputPlaces, ThatSomethingElseHasAreToldBeforeTheNetworks) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "output/clip_pred.npy");
  std::ofstream(folder / "output/clip_exr") << "mine";
  const Words arguments = small_run({"-i", case_clip("fast"), "--overwrite", "--dry-run"});
  EXPECT_THAT(run_program(folder.path(), arguments).err,
              HasSubstr("clip_pred.npy: a folder has this name: move it away"));
  EXPECT_THAT(run_program(folder.path(), joined(arguments, {"--no-save-npy", "--save-exr"})).err,
              HasSubstr("clip_exr: a file has this name: move it away"));
}

// Whether it gets to where it has looked at what is there, and has not begun to write.
bool is_computing(Program& program) {
  return program.wait_until([&] { return program.err().find("\n  encode ") != std::string::npos; });
}

// Its name is taken while the networks run: a rename cannot put a file there.
TEST(LateFailure, OfOneOutputLeavesTheOthersAndTheNextRunMakesIt) {
  const TemporaryFolder folder;
  const Words arguments = testing::long_run({});
  const auto expected = testing::outputs_of(arguments);
  Program program(folder.path(), arguments);
  ASSERT_TRUE(is_computing(program));
  fs::create_directories(folder / "output/clip_pred.npy/mine");
  EXPECT_EQ(program.wait(), 1);
  EXPECT_THAT(lines_of(program.err()),
              Contains(AllOf(HasSubstr("rollingdepth: error: "),
                             HasSubstr("cannot write output/clip_pred.npy: "),
                             HasSubstr("; the other files are written"))));
  EXPECT_THAT(program.err(), HasSubstr("the job stays in output/clip.job"));
  EXPECT_THAT(lines_of(program.out()), Each(Not(HasSubstr("clip_pred.npy"))));
  const auto report = nlohmann::json::parse(text_of(folder / "output/clip_report.json"));
  EXPECT_THAT(report["outputs"].get<Words>(), ElementsAre("clip_Spectral_r.mp4", "clip_Greys_r.mp4",
                                                          "clip_rgbd.mp4", "clip_report.json"));
  EXPECT_THAT(report["warnings"].get<Words>(), Contains(HasSubstr("clip_pred.npy")));

  fs::remove_all(folder / "output/clip_pred.npy");
  const ProgramResult next = run_program(folder.path(), arguments);
  EXPECT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr("goes on where an earlier run stopped"));
  EXPECT_EQ(testing::outputs_in(folder.path()), expected);
}

// Who no longer asks for it gets rid of the job by that.
TEST(LateFailure, IsOverOnceTheOutputIsNotAskedFor) {
  const TemporaryFolder folder;
  const Words arguments = testing::long_run({});
  Program program(folder.path(), arguments);
  ASSERT_TRUE(is_computing(program));
  fs::create_directories(folder / "output/clip_pred.npy/mine");
  EXPECT_EQ(program.wait(), 1);
  EXPECT_TRUE(fs::exists(job_in(folder.path())));
  const ProgramResult next = run_program(folder.path(), joined(arguments, {"--no-save-npy"}));
  EXPECT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr("skipped"));
  EXPECT_FALSE(fs::exists(job_in(folder.path())));
}

// As of a file system that knows no large files: the array is too large for it, the video is not.
TEST(LateFailure, OfAFileThatIsTooLargeLeavesTheOthers) {
  const TemporaryFolder folder;
  std::string command = "ulimit -f 100; exec '" ROLLINGDEPTH_PROGRAM "'";
  for (const std::string& word :
       small_run({"-i", case_clip("fast"), "--no-resume", "--frames", "40"})) {
    command += " '" + word + "'";
  }
  Program program(folder.path(), "/bin/sh", {"-c", command});
  EXPECT_EQ(program.wait(), 1);
  EXPECT_THAT(program.err(), HasSubstr("clip_pred.npy"));
  EXPECT_THAT(program.err(), HasSubstr("; the other files are written"));
  EXPECT_THAT(files_below(folder / "output"), ElementsAre("clip_Greys_r.mp4", "clip_Spectral_r.mp4",
                                                          "clip_report.json", "clip_rgbd.mp4"));
}

}  // namespace
}  // namespace rollingdepth
