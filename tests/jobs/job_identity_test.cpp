#include "jobs/job_identity.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>

#include "app/command_line.hpp"
#include "app/run/finished_outputs.hpp"
#include "base/numerics.hpp"
#include "error_matchers.hpp"
#include "jobs/job_folder.hpp"
#include "jobs/job_manifest.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Not;
using testing::TemporaryFolder;

TEST(JobIdentity, DifferencesNameEveryOptionOnce) {
  const JobIdentity one = {{"res", 384}, {"seed", 1}, {"merge", "mean"}, {"dilations", {1, 25}}};
  EXPECT_EQ(differences(one, one), "");
  EXPECT_EQ(
      differences(one, {{"seed", 1}, {"res", 384}, {"merge", "mean"}, {"dilations", {1, 25}}}), "")
      << "order does not matter";
  EXPECT_EQ(differences(one, {{"res", 320}, {"seed", 1}, {"merge", "median"}, {"border", 2}}),
            "--res 384, before 320; --merge mean, before median; --dilations 1 25, before unset; "
            "--quality's border unset, before 2");
  EXPECT_EQ(differences({{"seed", 1}}, nullptr), "--seed 1, before unset");
  EXPECT_EQ(differences({{"seed", 1}}, "text"), "--seed 1, before unset");
}

TEST(JobIdentity, DifferencesOfTheAlignmentAreTheQuality) {
  const auto of = [](const char* quality, Aligner aligner = Aligner::kIrls) {
    return align_settings(co_align_options(quality, aligner));
  };
  EXPECT_EQ(differences(of("fast"), of("balanced")), "--quality fast, before balanced");
  EXPECT_EQ(differences(of("fast", Aligner::kAdam), of("fast")), "--aligner adam, before irls");
  EXPECT_EQ(differences(of("paper", Aligner::kAdam), of("paper")), "--aligner adam, before irls");
  JobIdentity changed = of("fast");
  changed["max_rounds"] = 7;  // Of another version of the program.
  EXPECT_EQ(differences(of("fast"), changed), "--quality's max_rounds 5, before 7");
}

TEST(JobIdentity, DifferencesOfKernelsAreToldOfTheSameDeviceOnly) {
  const JobIdentity cpu = {{"device", "cpu"}, {"kernels", "avx512_bf16"}};
  EXPECT_EQ(differences(cpu, {{"device", "cpu"}, {"kernels", "avx2"}}),
            "processor's kernels avx512_bf16, before avx2");
  const JobIdentity gpu = {{"device", "cuda"}, {"kernels", "A (sm_90)"}};
  EXPECT_EQ(differences(gpu, {{"device", "cuda"}, {"kernels", "B (sm_80)"}}),
            "GPU A (sm_90), before B (sm_80)");
  EXPECT_EQ(differences(gpu, cpu), "--device cuda, before cpu");
}

// A clip of 200 kB: its two ends of 64 KiB do not meet.
class JobIdentityTest : public ::testing::Test {
 protected:
  void SetUp() override { write(std::string(200'000, 'a')); }

  void write(const std::string& bytes) const {
    std::ofstream(clip_, std::ios::binary | std::ios::trunc) << bytes;
    fs::last_write_time(clip_, time_);
  }
  [[nodiscard]] JobIdentity identity() const {
    return job_identity({.files = files_, .deinterlaces = deinterlaces_}, options_.settings(),
                        model_.hash, compute_);
  }
  void expect_difference(const JobIdentity& before, const std::string& words) const {
    EXPECT_THAT(differences(identity(), before), HasSubstr(words));
  }

  TemporaryFolder folder_;
  fs::path clip_ = folder_ / "clip.mp4";
  fs::file_time_type time_ = fs::file_time_type::clock::now();
  std::vector<fs::path> files_ = {clip_};
  RollingDepthOptions options_;
  ModelInfo model_;
  ComputeFacts compute_;
  bool deinterlaces_ = false;
};

TEST_F(JobIdentityTest, IsTheSameForTheSameRun) {
  const JobIdentity before = identity();
  write(std::string(200'000, 'a'));
  EXPECT_EQ(differences(identity(), before), "");
}

// So that a new key is not told under a name that the user does not know.
TEST_F(JobIdentityTest, HasANameForEveryKey) {
  options_.refine.steps = 2;
  const std::string help = parse_command_line({"--help"}).help;
  const JobIdentity before = identity();
  const JobIdentity align = align_settings(options_.align);
  for (const auto& item : before.items()) {
    JobIdentity now = before;
    now[item.key()] = "another";
    const std::string text = differences(now, before);
    EXPECT_EQ(text.empty(), item.key() == "input_changed_ns") << item.key();
    if (align.contains(item.key())) continue;
    EXPECT_THAT(text, Not(HasSubstr("--quality"))) << item.key();
    if (text.starts_with("--")) {
      EXPECT_THAT(help, HasSubstr(text.substr(0, text.find(' ')))) << item.key();
    }
  }
}

TEST_F(JobIdentityTest, ChangesWithTheInputButNotWithItsTime) {
  const JobIdentity before = identity();
  write(std::string(199'999, 'a') + "b");
  expect_difference(before, "hash of the input ");
  write("b" + std::string(199'999, 'a'));
  expect_difference(before, "hash of the input ");
  write(std::string(200'001, 'a'));
  expect_difference(before, "size of the input 200001, before 200000");
  time_ += std::chrono::hours(1);
  write(std::string(200'000, 'a'));
  EXPECT_EQ(differences(identity(), before), "");
}

TEST_F(JobIdentityTest, ChangesWithTheSizeOfAnyOfManyPictures) {
  files_.clear();
  for (int i = 0; i < 3; ++i) {
    files_.push_back(folder_ / (std::to_string(i) + ".png"));
    std::ofstream(files_.back()) << "picture";
  }
  const JobIdentity before = identity();
  fs::last_write_time(files_[1], time_ + std::chrono::hours(1));
  EXPECT_EQ(differences(identity(), before), "");
  std::ofstream(files_[1]) << "pic";
  std::ofstream(files_[2]) << "long picture";
  expect_difference(before, "hash of the input ");
}

// Of one version there are many builds while it is being worked on.
TEST_F(JobIdentityTest, ChangesWithTheNumericsOfTheProgram) {
  JobIdentity before = identity();
  before["numerics"] = kNumerics - 1;
  const std::string now = "numbers of the program, version " + std::to_string(kNumerics);
  expect_difference(before, now + ", before " + std::to_string(kNumerics - 1));
  before.erase("numerics");
  expect_difference(before, now + ", before unset");
}

TEST_F(JobIdentityTest, ChangesWithWhateverTheDepthDependsOn) {
  const JobIdentity before = identity();
  compute_.tf32 = true;
  compute_.kernels = "avx2";
  deinterlaces_ = true;
  expect_difference(before, "--deinterlace true, before false");
  expect_difference(before, "processor's kernels avx2, before ");
  compute_.device = "cuda";
  expect_difference(before, "--device cuda, before cpu");
  expect_difference(before, "--tf32 true, before false");
  model_.hash = "1234";
  expect_difference(before, "--checkpoint with hash 1234");
  options_.seed = 5;
  options_.chunk_frames = 100;
  options_.spool_dtype = SpoolDtype::kFp32;
  options_.align.max_rounds += 1;
  for (const char* words : {"--seed 5, before 42", "--chunk-frames 100, before 0",
                            "--spool-dtype fp32, before u16", "--quality's max_rounds"}) {
    expect_difference(before, words);
  }
}

TEST_F(JobIdentityTest, LeavesSettingsOutThatHaveNoEffect) {
  const JobIdentity before = identity();
  options_.refine.start_dilation += 1;
  options_.align.max_steps += 1;  // Of the other aligner.
  EXPECT_EQ(differences(identity(), before), "");
  options_.refine.steps = 2;
  expect_difference(before, "--refine-start-dilation 7, before unset");
}

TEST_F(JobIdentityTest, SaysWhichInputCannotBeRead) {
  fs::remove(clip_);
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { (void)identity(); }),
              HasSubstr("cannot read " + clip_.string()));
}

class FinishedOutputsTest : public ::testing::Test {
 protected:
  FinishedOutputsTest() {
    files_.folder = folder_.path();
    files_.formats = {{&output_format("npy"), folder_ / "clip_pred.npy", ""},
                      {&output_format("sbs"), folder_ / "clip_rgbd.mp4", "Spectral_r"}};
    files_.report = folder_ / "clip_report.json";
    files_.job = folder_ / "clip.job";
  }
  void write_outputs(const JobIdentity& identity) const {
    for (const auto& file : files_.all()) std::ofstream(file) << "old";
    JobIdentity names = JobIdentity::array();
    for (const auto& file : files_.all()) names.push_back(file.filename().string());
    std::ofstream(files_.report, std::ios::trunc)
        << JobIdentity{{"identity", identity}, {"outputs", names}}.dump();
  }
  [[nodiscard]] bool finished() const {
    return outputs_are_finished(files_, report_identity(job_, options_), open_,
                                JobFolder::waits(files_.job, job_));
  }
  [[nodiscard]] std::string refusal() const {
    return message_of(ErrorKind::kOutput, [&] { (void)finished(); });
  }

  TemporaryFolder folder_;
  OutputFiles files_;
  RunOptions options_;
  LeftOpen open_;
  JobIdentity job_ = {{"seed", 42}};
};

TEST_F(FinishedOutputsTest, AreNotThereInAnEmptyFolder) { EXPECT_FALSE(finished()); }

TEST_F(FinishedOutputsTest, AreThereOnceAllAre) {
  write_outputs(report_identity(job_, options_));
  EXPECT_TRUE(finished());
  fs::remove(files_.find("npy")->path);
  EXPECT_FALSE(finished());
}

TEST_F(FinishedOutputsTest, OfOtherSettingsAreRefused) {
  write_outputs(report_identity(job_, options_));
  job_["seed"] = 7;
  options_.output_fps = Rational{30, 1};
  EXPECT_EQ(refusal(),
            files_.report.string() +
                " exists, from a run with other settings: --seed 7, before 42; --fps 30/1, "
                "before unset (--overwrite replaces it, -o writes elsewhere)");
}

// As on another machine, where auto chooses otherwise.
TEST_F(FinishedOutputsTest, OfAnotherDeviceOrTypeAreGoodWhereNoneWasAskedFor) {
  job_["device"] = "cuda:0";
  job_["dtype"] = "fp16";
  write_outputs(report_identity(job_, options_));
  job_["device"] = "cpu";
  job_["dtype"] = "bf16";
  open_ = {.device = true, .dtype = true};
  EXPECT_TRUE(finished());
  open_.dtype = false;
  EXPECT_THAT(refusal(), HasSubstr("--dtype bf16, before fp16"));
  open_ = {.device = false, .dtype = true};
  EXPECT_THAT(refusal(), HasSubstr("--device cpu, before cuda"));
  open_.device = true;
  fs::remove(files_.find("npy")->path);
  EXPECT_THAT(refusal(), HasSubstr("from a run with other settings"));
}

// The preset paper says fp32, which no machine changes.
TEST(LeftOpen, IsWhatNeitherOptionsNorPresetSay) {
  RunOptions options;
  ResolvedOptions resolved;
  resolved.dtype = "auto";
  EXPECT_TRUE(left_open(options, resolved).device && left_open(options, resolved).dtype);
  resolved.dtype = "fp32";
  options.devices = {"cpu"};
  EXPECT_FALSE(left_open(options, resolved).device || left_open(options, resolved).dtype);
}

// A run with --overwrite and fewer outputs leaves files of the run before beside its report.
TEST_F(FinishedOutputsTest, OfAnotherRunThanTheReportsAreRefused) {
  write_outputs(report_identity(job_, options_));
  std::ofstream(files_.report, std::ios::trunc) << JobIdentity{
      {"identity", report_identity(job_, options_)},
      {"outputs",
       {"clip_rgbd.mp4", "clip_report.json"}}}.dump();
  EXPECT_THAT(refusal(), HasSubstr("clip_pred.npy exists, and its report is of a run that did not "
                                   "write it"));
}

TEST_F(FinishedOutputsTest, OfEarlierRunsWithTheSameSettingsStayVouchedFor) {
  write_outputs(report_identity(job_, options_));
  options_.outputs["sbs"] = false;
  const JobIdentity now = report_identity(job_, options_);
  fs::remove(files_.find("npy")->path);
  const EarlierOutputs earlier = earlier_outputs(files_, now);
  EXPECT_THAT(earlier.names, ::testing::ElementsAre("clip_rgbd.mp4", "clip_report.json"));
  EXPECT_EQ(earlier.identity["side_by_side_colormap"], "Spectral_r");
  job_["seed"] = 7;
  EXPECT_TRUE(earlier_outputs(files_, report_identity(job_, options_)).names.empty());
}

TEST_F(FinishedOutputsTest, TheColourMapCountsWhereBothRunsWriteASideBySide) {
  write_outputs(report_identity(job_, options_));
  options_.colormaps = {"viridis"};
  EXPECT_THAT(refusal(), HasSubstr("first --cmap, of the side by side viridis, before Spectral_r"));
  options_.outputs["sbs"] = false;
  EXPECT_TRUE(finished());
  write_outputs(report_identity(job_, options_));
  options_.outputs["sbs"] = true;
  EXPECT_TRUE(finished());
}

// As versions before wrote them: with the number of a GPU, and the time of change in the hash of
// many pictures.
TEST_F(FinishedOutputsTest, OfEarlierVersionsAreRefusedForWhatDiffersOnly) {
  const auto report = [&](const JobIdentity& identity) {
    write_outputs(report_identity(identity, options_));
  };
  job_ = {{"identity", 3},    {"input_changed_ns", 7},    {"input_hash", "b"}, {"input_files", 1},
          {"device", "cuda"}, {"kernels", "GPU (sm_90)"}, {"seed", 42}};
  JobIdentity earlier = {{"identity", 2},    {"input_changed_ns", 5}, {"input_hash", "b"},
                         {"input_files", 1}, {"device", "cuda:1"},    {"seed", 42}};
  report(earlier);
  EXPECT_TRUE(finished());
  earlier["device"] = "cpu";
  report(earlier);
  EXPECT_THAT(refusal(), HasSubstr("other settings: --device cuda, before cpu ("));
  earlier["device"] = "cuda:0";
  earlier["input_hash"] = "a";
  report(earlier);
  EXPECT_THAT(refusal(), HasSubstr("other settings: hash of the input b, before a ("));

  for (JobIdentity* identity : {&job_, &earlier}) (*identity)["input_files"] = 20;
  report(earlier);
  EXPECT_THAT(refusal(), HasSubstr("hash of the input")) << "changed since, or not: nobody knows";
  earlier["input_changed_ns"] = 7;
  report(earlier);
  EXPECT_TRUE(finished());
}

TEST_F(FinishedOutputsTest, WithoutAReportAreRefusedUnlessTheirJobWaits) {
  std::ofstream(files_.find("npy")->path) << "old";
  EXPECT_THAT(refusal(), HasSubstr("clip_pred.npy exists, and no report says how it was made"));
  fs::create_directory(files_.job);
  const auto write_manifest = [&](const JobIdentity& identity) {
    rollingdepth::write_manifest(files_.job, {.input = "clip.mp4",
                                              .id = 1,
                                              .spool = files_.job,
                                              .outputs = {},
                                              .finished = {},
                                              .batch = {},
                                              .remarks = {},
                                              .identity = identity});
  };
  write_manifest({{"seed", 7}});
  EXPECT_THAT(refusal(), HasSubstr("no report says how it was made"));
  write_manifest(job_);
  EXPECT_FALSE(finished());
}

}  // namespace
}  // namespace rollingdepth
