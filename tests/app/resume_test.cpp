// Runs that are stopped at any moment and started again: the same bytes as from one that was not.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::job_in;
using testing::joined;
using testing::kill_run;
using testing::long_run;
using testing::MeasuredRun;
using ::testing::Not;
using testing::outputs_in;
using testing::outputs_of;
using testing::ProgramResult;
using testing::run_program;
using testing::RunKind;
using testing::stop_run;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Words;

class StoppedRuns : public ::testing::TestWithParam<RunKind> {
 protected:
  void expect_the_same_from(const fs::path& folder) {
    const ProgramResult result = run_.run_to_the_end(folder);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(outputs_in(folder), run_.expected()) << result.err;
    went_on_ += result.err.find("goes on where") != std::string::npos ? 1 : 0;
  }

  MeasuredRun run_ = MeasuredRun(long_run(GetParam().options, "16"));
  int went_on_ = 0;
};

// Four moments of each kind, twelve in all.
TEST_P(StoppedRuns, GiveTheSameBytesWheneverTheyAreKilled) {
  ASSERT_EQ(run_.expected().size(), 4U);
  const std::string kind = GetParam().name;
  const int offset = kind == "Plain" ? 1 : kind == "Refined" ? 2 : 3;
  for (int i = 0; i < 4; ++i) {
    SCOPED_TRACE(i);
    const TemporaryFolder folder;
    run_.run_a_while(folder.path(), (3 * i + offset) / 13.0);
    expect_the_same_from(folder.path());
  }
  EXPECT_GT(went_on_, 0);
}

TEST_P(StoppedRuns, GiveTheSameBytesAfterManyKillsInARow) {
  const TemporaryFolder folder;
  for (int i = 0; i < 4; ++i) run_.run_a_while(folder.path(), 0.2);
  expect_the_same_from(folder.path());
}

INSTANTIATE_TEST_SUITE_P(Program, StoppedRuns, ::testing::ValuesIn(testing::run_kinds()),
                         [](const auto& tested) { return tested.param.name; });

const Words kShort = long_run({}, "12");

// The second Ctrl-C ends the process at once, without unwinding.
TEST(CtrlC, LeavesAJobThatTheNextRunGoesOnWith) {
  const auto expected = outputs_of(kShort);
  for (const int times : {1, 2}) {
    const TemporaryFolder folder;
    std::set<std::string> names;
    const auto look = [&] {
      std::error_code ignored;
      for (const auto& entry : fs::directory_iterator(job_in(folder.path()), ignored)) {
        names.insert(entry.path().filename().string());
      }
      return names.contains("maps-1.spool");
    };
    EXPECT_EQ(stop_run(folder.path(), kShort, SIGINT, look, times), 130);
    EXPECT_THAT(names, Not(Contains(HasSubstr("partial"))));
    const auto left = outputs_in(folder.path());
    EXPECT_TRUE(left.contains("clip.job/manifest.json"));
    for (const auto& [name, hash] : left) EXPECT_TRUE(name.starts_with("clip.job")) << name;

    const ProgramResult next = run_program(folder.path(), kShort);
    EXPECT_EQ(next.exit_code, 0) << next.err;
    EXPECT_THAT(next.err, HasSubstr("clip.mp4 · goes on where an earlier run stopped"));
    EXPECT_EQ(outputs_in(folder.path()), expected);
  }
}

// As after a run on a GPU that had less memory free: what is written down counts, not what would be
// chosen now.
TEST(StoppedJob, GoesOnWithTheBatchSizesThatItBeganWith) {
  const TemporaryFolder folder;
  kill_run(folder.path(), kShort);
  const fs::path manifest = job_in(folder.path()) / "manifest.json";
  nlohmann::json changed = nlohmann::json::parse(text_of(manifest));
  ASSERT_GT(changed["batch"]["vae_frames"], 3);
  ASSERT_GT(changed["batch"]["snippets"], 2);
  changed["batch"] = {{"vae_frames", 3}, {"snippets", 2}};
  std::ofstream(manifest) << changed.dump();

  const ProgramResult next = run_program(folder.path(), kShort);
  EXPECT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr("goes on where"));
  const auto report = nlohmann::json::parse(text_of(folder / "output/clip_report.json"));
  EXPECT_EQ(report["result"]["frames_per_vae_call"], 3);
  EXPECT_EQ(report["result"]["snippets_per_unet_call"], 2);
}

// Every kind of file that there is, stopped while the first and while the last ones are written.
TEST(KilledWriter, LeavesNoPartialFileInTheEnd) {
  const Words arguments = joined(kShort, {"--save-npz", "--save-png16", "--save-exr",
                                          "--depth-video", "ffv1", "--save-snippets"});
  const auto expected = outputs_of(arguments);
  for (const char* partial : {"clip_snippets.npz.partial", "clip_exr.partial"}) {
    SCOPED_TRACE(partial);
    const TemporaryFolder folder;
    stop_run(folder.path(), arguments, SIGKILL, [&] {
      // libzip puts a name of its own behind.
      std::error_code ignored;
      for (const auto& entry : fs::directory_iterator(folder / "output", ignored)) {
        if (entry.path().filename().string().starts_with(partial)) return true;
      }
      return false;
    });
    // Other files are asked for now: those that are not must not leave theirs either.
    const ProgramResult less = run_program(folder.path(), kShort);
    EXPECT_EQ(less.exit_code, 0) << less.err;
    EXPECT_EQ(outputs_in(folder.path()), outputs_of(kShort));
    const ProgramResult all = run_program(folder.path(), arguments);
    EXPECT_EQ(all.exit_code, 0) << all.err;
    EXPECT_EQ(outputs_in(folder.path()), expected);
  }
}

void change_bytes(const fs::path& file) {
  std::string bytes = text_of(file);
  // The checksum of the first record, and a byte in each quarter of the rest.
  for (std::size_t i = 0; i < 5; ++i) bytes[(bytes.size() - 1) * i / 4] ^= 0x5a;
  std::ofstream(file, std::ios::binary) << bytes;
}

void cut_in_half(const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }

// A job that was stopped late enough to hold every kind of file.
class DamagedJobs : public ::testing::Test {
 protected:
  void SetUp() override {
    kill_run(stopped_.path(), arguments_, "refine-1");
    for (const auto& entry : fs::directory_iterator(job_in(stopped_.path()))) {
      if (entry.path().extension() == ".spool") spool_.push_back(entry.path().filename());
    }
    ASSERT_GE(spool_.size(), 7U);
  }

  // Runs a copy of the job to the end. @return what it said.
  std::string expect_the_same_after(const std::function<void(const fs::path& job)>& damage) {
    const TemporaryFolder folder;
    fs::copy(stopped_ / "output", folder / "output", fs::copy_options::recursive);
    damage(job_in(folder.path()));
    const ProgramResult result = run_program(folder.path(), arguments_);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(outputs_in(folder.path()), expected_) << result.err;
    return result.err;
  }

  Words arguments_ = long_run({"--refine-step", "3"}, "12");
  std::map<std::string, std::size_t> expected_ = outputs_of(arguments_);
  TemporaryFolder stopped_;
  std::vector<fs::path> spool_;
};

TEST_F(DamagedJobs, ComputeDamagedRecordsAgain) {
  for (const fs::path& file : spool_) {
    SCOPED_TRACE(file);
    EXPECT_THAT(expect_the_same_after([&](const fs::path& job) { change_bytes(job / file); }),
                HasSubstr("goes on where"));
  }
}

TEST_F(DamagedJobs, ComputeWhatWasCutOffAgain) {
  EXPECT_THAT(expect_the_same_after([&](const fs::path& job) {
                for (const fs::path& file : spool_) cut_in_half(job / file);
              }),
              HasSubstr("goes on where"));
  expect_the_same_after([&](const fs::path& job) {
    for (const fs::path& file : spool_) fs::resize_file(job / file, 0);
  });
}

TEST_F(DamagedJobs, StartAnewWithoutAManifestThatCanBeRead) {
  const auto change_manifest = [](const std::function<void(const fs::path&)>& change) {
    return [change](const fs::path& job) { change(job / "manifest.json"); };
  };
  for (const auto& change : std::vector<std::function<void(const fs::path&)>>{
           [](const fs::path& manifest) { fs::resize_file(manifest, 0); }, cut_in_half,
           change_bytes, [](const fs::path& manifest) { fs::remove(manifest); }}) {
    EXPECT_THAT(expect_the_same_after(change_manifest(change)), Not(HasSubstr("goes on where")));
  }
}

}  // namespace
}  // namespace rollingdepth
