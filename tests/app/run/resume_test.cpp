// Runs that are stopped at any moment and started again: the same bytes as from one that was not.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "app/refusal.hpp"
#include "jobs/job_identity.hpp"
#include "jobs/sealed_json.hpp"
#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::errors_in;
using ::testing::HasSubstr;
using testing::job_in;
using testing::joined;
using testing::kill_run;
using testing::long_run;
using ::testing::Not;
using testing::outputs_in;
using testing::outputs_of;
using testing::ProgramResult;
using testing::run_program;
using testing::RunKind;
using testing::stop_at;
using testing::stop_run;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Words;

// Where a kind of run is killed: in every stage of the networks and while files are written.
struct StoppedKind {
  RunKind kind;
  Words points;
};
void PrintTo(const StoppedKind& stopped, std::ostream* stream) { PrintTo(stopped.kind, stream); }

std::vector<StoppedKind> stopped_kinds() {
  const Words points[] = {
      {"encode:1", "snippets:9", "merge:5", "write:3"},
      {"snippets:3", "refine:1", "refine:2", "write:1"},
      {"snippets (chunk 1):3", "merge (chunk 1):4", "snippets (chunk 2):2", "write:9"}};
  std::vector<StoppedKind> kinds;
  for (const RunKind& kind : testing::run_kinds()) kinds.push_back({kind, points[kinds.size()]});
  return kinds;
}

class StoppedRuns : public ::testing::TestWithParam<StoppedKind> {
 protected:
  void kill_at(const fs::path& folder, const std::string& point) const {
    EXPECT_EQ(stop_at(folder, arguments_, point, SIGKILL).exit_code, 128 + SIGKILL);
  }

  void expect_the_same_from(const fs::path& folder) {
    const ProgramResult result = run_program(folder, arguments_);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr("goes on where"));
    EXPECT_EQ(outputs_in(folder), expected_) << result.err;
  }

  const Words arguments_ = long_run(GetParam().kind.options, "16");
  const std::map<std::string, std::size_t> expected_ = outputs_of(arguments_);
};

// Four places of each kind, twelve in all.
TEST_P(StoppedRuns, GiveTheSameBytesWhereverTheyAreKilled) {
  ASSERT_EQ(expected_.size(), 4U);
  for (const std::string& point : GetParam().points) {
    SCOPED_TRACE(point);
    const TemporaryFolder folder;
    kill_at(folder.path(), point);
    expect_the_same_from(folder.path());
  }
}

TEST_P(StoppedRuns, GiveTheSameBytesAfterManyKillsInARow) {
  const TemporaryFolder folder;
  for (const std::string& point : GetParam().points) kill_at(folder.path(), point);
  expect_the_same_from(folder.path());
}

INSTANTIATE_TEST_SUITE_P(Program, StoppedRuns, ::testing::ValuesIn(stopped_kinds()),
                         [](const auto& tested) { return tested.param.kind.name; });

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
    EXPECT_EQ(stop_at(folder.path(), kShort, "snippets:3", SIGINT, look, times).exit_code, 130);
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
  JobIdentity changed = JobIdentity::parse(text_of(manifest));
  ASSERT_GT(changed["batch"]["vae_frames"], 3);
  ASSERT_GT(changed["batch"]["snippets"], 2);
  changed["batch"] = {{"vae_frames", 3}, {"snippets", 2}};
  seal(changed);
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
  const Words fewer = joined(kShort, {"--scenes", "none"});  // As with --save-snippets.
  const Words arguments = joined(fewer, {"--save-npz", "--save-png16", "--save-exr",
                                         "--depth-video", "ffv1", "--save-snippets"});
  const auto expected = outputs_of(arguments);
  for (const char* partial : {"clip_snippets.npz.partial", "clip_exr.partial"}) {
    SCOPED_TRACE(partial);
    const TemporaryFolder folder;
    stop_run(folder.path(), arguments, SIGKILL,
             [&] { return fs::exists(folder / "output" / partial); });
    // Other files are asked for now: those that are not must not leave theirs either.
    const ProgramResult less = run_program(folder.path(), fewer);
    EXPECT_EQ(less.exit_code, 0) << less.err;
    EXPECT_EQ(outputs_in(folder.path()), outputs_of(fewer));
    const ProgramResult all = run_program(folder.path(), arguments);
    EXPECT_EQ(all.exit_code, 0) << all.err;
    EXPECT_EQ(outputs_in(folder.path()), expected);
  }
}

void change_bytes(const fs::path& file) {
  std::string bytes = text_of(file);
  // The mark of the first record, and a byte in each quarter of the rest.
  for (std::size_t i = 0; i < 5; ++i) bytes[(bytes.size() - 1) * i / 4] ^= 0x5a;
  std::ofstream(file, std::ios::binary) << bytes;
}

void cut_in_half(const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }

// A job that was stopped late enough to hold every kind of file.
class DamagedJobs : public ::testing::Test {
 protected:
  void SetUp() override {
    kill_run(stopped_.path(), arguments_, "refine:2");
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

// Other numbers in it would change the result without a word.
TEST_F(DamagedJobs, AreKeptUnlessTheirManifestIsWhole) {
  const auto text = [](const fs::path& manifest, const std::string& found, const std::string& by) {
    std::string json = text_of(manifest);
    json.replace(json.find(found), found.size(), by);
    std::ofstream(manifest, std::ios::binary) << json;
  };
  const std::vector<std::pair<std::string, std::function<void(const fs::path&)>>> changes = {
      {"is damaged", [](const fs::path& manifest) { fs::resize_file(manifest, 0); }},
      {"is damaged", cut_in_half},
      {"is damaged", [](const fs::path& manifest) { std::ofstream(manifest) << "[1]"; }},
      {"is gone", [](const fs::path& manifest) { fs::remove(manifest); }},
      {"was damaged or changed: its checksum does not fit",
       [&](const fs::path& manifest) { text(manifest, "\"snippets\": ", "\"snippets\": 1"); }},
      // As the program of before left them, with other records.
      {"has format 3, and this version goes on with format 4 only",
       [&](const fs::path& manifest) { text(manifest, "\"format\": 4", "\"format\": 3"); }},
      {"is no plain file",
       [](const fs::path& manifest) {
         fs::rename(manifest, manifest.string() + ".aside");
         fs::create_symlink(manifest.string() + ".aside", manifest);
       }},
  };
  for (const auto& [why, change] : changes) {
    SCOPED_TRACE(why);
    const TemporaryFolder folder;
    fs::copy(stopped_ / "output", folder / "output", fs::copy_options::recursive);
    change(job_in(folder.path()) / "manifest.json");
    auto before = outputs_in(folder.path());
    const ProgramResult refused = run_program(folder.path(), arguments_);
    EXPECT_EQ(refused.exit_code, 1) << refused.err;
    EXPECT_THAT(errors_in(refused),
                ElementsAre(AllOf(HasSubstr("clip.mp4: cannot go on with the unfinished job in "
                                            "output/clip.job: its manifest.json " +
                                            why),
                                  HasSubstr("--overwrite discards it"))));
    auto after = outputs_in(folder.path());
    for (auto* files : {&before, &after}) files->erase("clip.job/lock");
    EXPECT_EQ(after, before);
  }
}

TEST_F(DamagedJobs, AreDiscardedWithTheirManifestWhereThatIsAskedFor) {
  const TemporaryFolder folder;
  fs::copy(stopped_ / "output", folder / "output", fs::copy_options::recursive);
  cut_in_half(job_in(folder.path()) / "manifest.json");
  const ProgramResult result = run_program(folder.path(), joined(arguments_, {"--overwrite"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("discarded the unfinished job"));
  EXPECT_EQ(outputs_in(folder.path()), expected_);
}

}  // namespace
}  // namespace rollingdepth
