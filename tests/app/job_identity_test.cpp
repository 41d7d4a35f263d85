#include "rollingdepth/app/job_identity.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>

#include "error_matchers.hpp"
#include "rollingdepth/app/finished_outputs.hpp"
#include "rollingdepth/app/job_folder.hpp"
#include "rollingdepth/base/numerics.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Not;
using testing::TemporaryFolder;

TEST(JobIdentity, DifferencesNameEveryKeyOnce) {
  const JobIdentity one = {{"res", 384}, {"seed", 1}, {"merge", "mean"}, {"dilations", {1, 25}}};
  EXPECT_EQ(differences(one, one), "");
  EXPECT_EQ(
      differences(one, {{"seed", 1}, {"res", 384}, {"merge", "mean"}, {"dilations", {1, 25}}}), "")
      << "order does not matter";
  EXPECT_EQ(differences(one, {{"res", 320}, {"seed", 1}, {"merge", "median"}, {"border", 2}}),
            "res 384, before 320; merge mean, before median; dilations [1,25], before unset; "
            "border unset, before 2");
  EXPECT_EQ(differences({{"seed", 1}}, nullptr), "seed 1, before unset");
  EXPECT_EQ(differences({{"seed", 1}}, "text"), "seed 1, before unset");
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
    const PlannedInput input{.name = "clip.mp4",
                             .stem = "clip",
                             .subfolder = {},
                             .files = files_,
                             .open = {},
                             .deinterlaces = deinterlaces_};
    return job_identity(input, options_, model_, device_, "fp32", tf32_);
  }
  void expect_difference(const JobIdentity& before, const std::string& words) const {
    EXPECT_THAT(differences(identity(), before), HasSubstr(words));
  }

  TemporaryFolder folder_;
  fs::path clip_ = folder_ / "clip.mp4";
  fs::file_time_type time_ = fs::file_time_type::clock::now();
  std::vector<fs::path> files_ = {clip_};
  PipelineOptions options_;
  ModelInfo model_;
  std::string device_ = "cpu";
  bool tf32_ = false;
  bool deinterlaces_ = false;
};

TEST_F(JobIdentityTest, IsTheSameForTheSameRun) {
  const JobIdentity before = identity();
  write(std::string(200'000, 'a'));
  EXPECT_EQ(differences(identity(), before), "");
}

TEST_F(JobIdentityTest, ChangesWithTheInput) {
  const JobIdentity before = identity();
  write(std::string(199'999, 'a') + "b");
  EXPECT_THAT(differences(identity(), before),
              AllOf(HasSubstr("input_hash"), Not(HasSubstr("input_changed_ns"))));
  write("b" + std::string(199'999, 'a'));
  expect_difference(before, "input_hash");
  write(std::string(200'001, 'a'));
  expect_difference(before, "input_bytes 200001, before 200000");
  time_ += std::chrono::nanoseconds(1);
  write(std::string(200'000, 'a'));
  EXPECT_THAT(differences(identity(), before),
              AllOf(HasSubstr("input_changed_ns"), Not(HasSubstr("input_hash"))));
}

TEST_F(JobIdentityTest, ChangesWithAnyOfManyPictures) {
  files_.clear();
  for (int i = 0; i < 3; ++i) {
    files_.push_back(folder_ / (std::to_string(i) + ".png"));
    std::ofstream(files_.back()) << "picture";
    fs::last_write_time(files_.back(), time_);
  }
  const JobIdentity before = identity();
  fs::last_write_time(files_[1], time_ + std::chrono::seconds(1));
  expect_difference(before, "input_changed_ns");
  std::ofstream(files_[1]) << "pic";
  fs::last_write_time(files_[1], time_);
  expect_difference(before, "input_hash");
}

// Of one version there are many builds while it is being worked on.
TEST_F(JobIdentityTest, ChangesWithTheNumericsOfTheProgram) {
  JobIdentity before = identity();
  before["numerics"] = kNumerics - 1;
  expect_difference(before, "numerics 2, before 1");
  before.erase("numerics");
  expect_difference(before, "numerics 2, before unset");
}

TEST_F(JobIdentityTest, ChangesWithWhateverTheDepthDependsOn) {
  const JobIdentity before = identity();
  device_ = "cuda:0";
  tf32_ = true;
  deinterlaces_ = true;
  expect_difference(before, "deinterlace true, before false");
  expect_difference(before, "device cuda:0, before cpu");
  expect_difference(before, "tf32 true, before false");
  model_.hash = "1234";
  expect_difference(before, "model 1234");
  options_.seed = 5;
  options_.chunk_frames = 100;
  options_.spool_dtype = SpoolDtype::kFp32;
  options_.align.max_rounds += 1;
  for (const char* words : {"seed 5, before 42", "chunk_frames 100, before 0",
                            "spool_dtype fp32, before u16", "max_rounds"}) {
    expect_difference(before, words);
  }
}

TEST_F(JobIdentityTest, LeavesSettingsOutThatHaveNoEffect) {
  const JobIdentity before = identity();
  options_.refine.start_dilation += 1;
  options_.align.max_steps += 1;  // Of the other aligner.
  options_.spool.folder = "/elsewhere";
  EXPECT_EQ(differences(identity(), before), "");
  options_.refine.steps = 2;
  expect_difference(before, "refine_start_dilation 7, before unset");
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
    files_.npy = folder_ / "clip_pred.npy";
    files_.side_by_side = folder_ / "clip_rgbd.mp4";
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
    return outputs_are_finished(files_, report_identity(job_, options_),
                                JobFolder::waits(files_.job, job_));
  }
  [[nodiscard]] std::string refusal() const {
    return message_of(ErrorKind::kOutput, [&] { (void)finished(); });
  }

  TemporaryFolder folder_;
  OutputFiles files_;
  RunOptions options_;
  JobIdentity job_ = {{"seed", 42}};
};

TEST_F(FinishedOutputsTest, AreNotThereInAnEmptyFolder) { EXPECT_FALSE(finished()); }

TEST_F(FinishedOutputsTest, AreThereOnceAllAre) {
  write_outputs(report_identity(job_, options_));
  EXPECT_TRUE(finished());
  fs::remove(*files_.npy);
  EXPECT_FALSE(finished());
}

TEST_F(FinishedOutputsTest, OfOtherSettingsAreRefused) {
  write_outputs(report_identity(job_, options_));
  job_["seed"] = 7;
  options_.output_fps = Rational{30, 1};
  EXPECT_EQ(refusal(), files_.report.string() +
                           " exists, from a run with other settings: seed 7, before 42; fps 30/1, "
                           "before null (--overwrite replaces it, -o writes elsewhere)");
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
  options_.save_side_by_side = false;
  const JobIdentity now = report_identity(job_, options_);
  fs::remove(*files_.npy);
  const EarlierOutputs earlier = earlier_outputs(files_, now);
  EXPECT_THAT(earlier.names, ::testing::ElementsAre("clip_rgbd.mp4", "clip_report.json"));
  EXPECT_EQ(earlier.identity["side_by_side_colormap"], "Spectral_r");
  job_["seed"] = 7;
  EXPECT_TRUE(earlier_outputs(files_, report_identity(job_, options_)).names.empty());
}

TEST_F(FinishedOutputsTest, TheColourMapCountsWhereBothRunsWriteASideBySide) {
  write_outputs(report_identity(job_, options_));
  options_.colormaps = {"viridis"};
  EXPECT_THAT(refusal(), HasSubstr("side_by_side_colormap viridis, before Spectral_r"));
  options_.save_side_by_side = false;
  EXPECT_TRUE(finished());
  write_outputs(report_identity(job_, options_));
  options_.save_side_by_side = true;
  EXPECT_TRUE(finished());
}

TEST_F(FinishedOutputsTest, WithoutAReportAreRefusedUnlessTheirJobWaits) {
  std::ofstream(*files_.npy) << "old";
  EXPECT_THAT(refusal(), HasSubstr("clip_pred.npy exists, and no report says how it was made"));
  fs::create_directory(files_.job);
  const auto write_manifest = [&](const JobIdentity& identity) {
    std::ofstream(files_.job / "manifest.json", std::ios::trunc) << JobIdentity{
        {"format", 2},
        {"id", "1"},
        {"spool", ""},
        {"outputs", JobIdentity::array()},
        {"finished", JobIdentity::array()},
        {"batch", nullptr},
        {"identity", identity}}.dump();
  };
  write_manifest({{"seed", 7}});
  EXPECT_THAT(refusal(), HasSubstr("no report says how it was made"));
  write_manifest(job_);
  EXPECT_FALSE(finished());
}

}  // namespace
}  // namespace rollingdepth
