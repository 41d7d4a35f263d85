#include "jobs/job_folder.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "jobs/job_manifest.hpp"
#include "jobs/sealed_json.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::FileSizeLimit;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::TemporaryFolder;

const JobIdentity kIdentity = {{"seed", 42}, {"res", 384}};
constexpr std::array<std::byte, 4> kRecord = {std::byte{1}, std::byte{2}, std::byte{3},
                                              std::byte{4}};

class JobFolderTest : public ::testing::Test {
 protected:
  [[nodiscard]] JobPlace place() const {
    return {.folder = folder_ / "clip.job",
            .spool_root = spool_root_,
            .resume = resume_,
            .overwrite = overwrite_};
  }
  [[nodiscard]] JobFolder open(const JobIdentity& identity = kIdentity) const {
    return {place(), "clip.mp4", identity};
  }
  static void write_record(const JobFolder& job) {
    Spool spool(job.spool());
    RecordStore(spool, "maps", kRecord.size()).write(0, kRecord);
  }
  static bool has_record(const JobFolder& job) {
    Spool spool(job.spool());
    std::array<std::byte, 4> found{};
    return RecordStore(spool, "maps", found.size()).read(0, found) && found == kRecord;
  }
  // A job that was stopped after its first stage.
  void leave_a_job() const {
    JobFolder job = open();
    write_record(job);
    job.note_finished("encode");
  }
  [[nodiscard]] std::vector<std::string> names_in_job() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "clip.job")) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  // Expects that it is refused, and that nothing is lost.
  void expect_kept(const std::string& why, const JobIdentity& identity = kIdentity) const {
    const std::vector<std::string> before = names_in_job();
    EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { (void)open(identity); }), HasSubstr(why));
    EXPECT_EQ(names_in_job(), before);
  }
  [[nodiscard]] JobIdentity manifest() const {
    std::ifstream stream(folder_ / "clip.job/manifest.json");
    return JobIdentity::parse(stream);
  }
  void write_manifest(const std::string& text) const {
    std::ofstream(folder_ / "clip.job/manifest.json", std::ios::trunc) << text;
  }
  void write_sealed(JobIdentity manifest) const {
    seal(manifest);
    write_manifest(manifest.dump());
  }

  TemporaryFolder folder_;
  fs::path spool_root_;
  bool resume_ = true;
  bool overwrite_ = false;
};

TEST_F(JobFolderTest, GoesOnWithTheRecordsOfAnEarlierRun) {
  leave_a_job();
  EXPECT_THAT(names_in_job(), ElementsAre("lock", "manifest.json", "maps.spool"));
  JobFolder job = open();
  EXPECT_TRUE(job.goes_on());
  EXPECT_TRUE(job.holds_records());
  EXPECT_THAT(job.finished(), ElementsAre("encode"));
  EXPECT_THAT(job.why_discarded(), IsEmpty());
  EXPECT_TRUE(has_record(job));
  job.remove();
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_F(JobFolderTest, NotesAFinishedStageOnce) {
  {
    JobFolder job = open();
    write_record(job);
    for (const char* stage : {"encode", "snippets", "encode"}) job.note_finished(stage);
  }
  EXPECT_THAT(open().finished(), ElementsAre("encode", "snippets"));
}

// However many chunks there are.
TEST_F(JobFolderTest, NotesTheLastChunkOnly) {
  {
    JobFolder job = open();
    write_record(job);
    for (const char* stage : {"chunk 8", "encode", "chunk 9", "chunk 10"}) job.note_finished(stage);
  }
  EXPECT_THAT(open().finished(), ElementsAre("encode", "chunk 10"));
}

TEST_F(JobFolderTest, KeepsTheBatchSizesThatItBeganWith) {
  const BatchSizes first{.vae_frames = 5, .snippets = 3};
  const BatchSizes other{.vae_frames = 8, .snippets = 1};
  {
    JobFolder job = open();
    write_record(job);
    EXPECT_EQ(job.keep_batch_sizes(first), first);
    EXPECT_EQ(job.keep_batch_sizes(other), first);
  }
  EXPECT_EQ(open().keep_batch_sizes(other), first);
  overwrite_ = true;
  EXPECT_EQ(open({{"seed", 7}}).keep_batch_sizes(other), other);
}

TEST_F(JobFolderTest, KeepsTheFirstThatThereWasToSay) {
  {
    JobFolder job = open();
    write_record(job);
    job.keep_remarks({});
    job.keep_remarks({"2 damaged packets skipped", "cut short"});
    job.keep_remarks({"cut short"});
  }
  JobFolder job = open();
  job.keep_remarks({});
  EXPECT_THAT(job.remarks(), ElementsAre("2 damaged packets skipped", "cut short"));
}

TEST_F(JobFolderTest, LeavesNothingBehindWhereItHoldsNoRecord) {
  {
    const JobFolder job = open();
    EXPECT_FALSE(job.goes_on());
    EXPECT_THAT(names_in_job(), ElementsAre("lock", "manifest.json"));
  }
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_F(JobFolderTest, IsKeptFromAnotherIdentityThatSaysWhatDiffers) {
  const JobIdentity other = {{"seed", 7}, {"res", 384}};
  leave_a_job();
  for (const bool resume : {true, false}) {
    resume_ = resume;
    expect_kept("an unfinished job of other settings is in " + (folder_ / "clip.job").string() +
                    ": --seed 7, before 42 (the earlier settings go on with it, --overwrite "
                    "discards it, -o writes elsewhere)",
                other);
  }
  resume_ = overwrite_ = true;
  const JobFolder job = open(other);
  EXPECT_FALSE(job.goes_on());
  EXPECT_EQ(job.why_discarded(), "--seed 7, before 42");
  EXPECT_THAT(job.finished(), IsEmpty());
  EXPECT_THAT(names_in_job(), ElementsAre("lock", "manifest.json"));
}

TEST_F(JobFolderTest, GoesOnThoughItMayDiscardOthers) {
  leave_a_job();
  overwrite_ = true;
  EXPECT_TRUE(open().goes_on());
}

TEST_F(JobFolderTest, WithoutRecordsHoldsNobodyUp) {
  leave_a_job();
  fs::resize_file(folder_ / "clip.job/maps.spool", 0);
  const JobFolder job = open({{"seed", 7}});
  EXPECT_FALSE(job.goes_on());
  EXPECT_THAT(job.why_discarded(), IsEmpty());
  EXPECT_THAT(names_in_job(), ElementsAre("lock", "manifest.json"));
}

TEST_F(JobFolderTest, StartsAnewWithoutResumeAndLeavesTheLockAlone) {
  leave_a_job();
  resume_ = false;
  {
    JobFolder job = open();
    EXPECT_FALSE(job.goes_on());
    EXPECT_THAT(job.why_discarded(), IsEmpty());
    EXPECT_FALSE(job.spool().job.has_value());
    job.note_finished("encode");
    EXPECT_THAT(names_in_job(), ElementsAre("lock"));
  }
  EXPECT_THAT(folder_.names(), IsEmpty());
}

// Neither trusts such a manifest nor throws the records away.
TEST_F(JobFolderTest, IsKeptWhereTheManifestCannotBeUnderstood) {
  leave_a_job();
  const JobIdentity whole = manifest();
  for (const char* text : {"", "{", "[]", "7", R"({"format": 4})"}) {
    write_manifest(text);
    expect_kept("its manifest.json is damaged (--overwrite discards it, -o writes elsewhere)");
  }
  const std::vector<std::pair<const char*, JobIdentity>> changes = {
      {"batch", 3},        {"batch", {{"vae_frames", 0}, {"snippets", 1}}},
      {"format", "one"},   {"id", "no number"},
      {"id", 5},           {"spool", nullptr},
      {"outputs", "clip"}, {"finished", 3},
      {"cuts", {1.5}},     {"batch", {{"vae_frames", 1e300}, {"snippets", 1}}},
      {"format", 4.5}};
  for (const auto& [key, value] : changes) {
    JobIdentity changed = whole;
    changed[key] = value;
    write_sealed(changed);
    expect_kept("its manifest.json is damaged");
  }
  JobIdentity changed = whole;
  changed["finished"] = {"encode", "merge"};
  write_manifest(changed.dump());
  expect_kept("its manifest.json was damaged or changed: its checksum does not fit");
  changed["format"] = 3;
  write_manifest(changed.dump());
  expect_kept("its manifest.json has format 3, and this version goes on with format 4 only");
  fs::remove(folder_ / "clip.job/manifest.json");
  expect_kept("its manifest.json is gone");

  overwrite_ = true;
  const JobFolder job = open();
  EXPECT_FALSE(job.goes_on());
  EXPECT_EQ(job.why_discarded(), "its manifest.json is gone");
  EXPECT_FALSE(has_record(job));
}

TEST_F(JobFolderTest, GoesOnWhereOnlyTheBlanksOfTheManifestChange) {
  leave_a_job();
  write_manifest(manifest().dump());
  EXPECT_TRUE(open().goes_on());
}

// A manifest is no leave to remove anything in another folder.
TEST_F(JobFolderTest, BelievesItsOwnSpoolOnly) {
  leave_a_job();
  fs::create_directories(folder_ / "others/x.spool");
  std::ofstream(folder_ / "others/mine.spool") << "mine";
  const std::string own_name = "clip-" + manifest().at("id").get<std::string>() + ".spool";
  fs::create_directory_symlink(folder_ / "others", folder_ / own_name);
  for (const fs::path& spool : {folder_ / "others", folder_ / "others/x.spool", folder_ / own_name,
                                fs::path("../others")}) {
    JobIdentity changed = manifest();
    changed["spool"] = spool.string();
    write_sealed(changed);
    overwrite_ = false;
    expect_kept("its manifest.json names a spool that is not this job's: " + spool.string());
  }
  overwrite_ = true;
  open().remove();
  EXPECT_TRUE(fs::exists(folder_ / "others/mine.spool"));
}

TEST_F(JobFolderTest, RecordsOfAnotherJobNumberDoNotCount) {
  leave_a_job();
  JobIdentity changed = manifest();
  changed["id"] = "0123456789abcdef";
  write_sealed(changed);
  const JobFolder job = open();
  EXPECT_EQ(job.spool().job, 0x0123456789abcdefU);
  EXPECT_FALSE(has_record(job));
}

// As where a disk is not mounted, or out of reach for a moment.
TEST_F(JobFolderTest, IsKeptWhereItsSpoolCannotBeSeen) {
  fs::create_directory(folder_ / "fast");
  spool_root_ = folder_ / "fast";
  leave_a_job();
  fs::path spool;
  for (const auto& entry : fs::directory_iterator(spool_root_)) spool = entry.path();
  fs::rename(spool, folder_ / "aside");
  expect_kept("its spool in " + spool.string() + " is gone");

  std::ofstream(spool) << "no folder: it cannot be looked into";
  {
    const JobFolder job = open();
    EXPECT_TRUE(job.goes_on());
    EXPECT_TRUE(job.holds_records());
  }
  EXPECT_THAT(names_in_job(), ElementsAre("lock", "manifest.json"));
  fs::remove(spool);
  fs::rename(folder_ / "aside", spool);
  EXPECT_TRUE(has_record(open()));
}

// Neither opened nor waited for, nor reason to lose the rest.
TEST_F(JobFolderTest, IsKeptWithLinksAndPipesAmongItsRecords) {
  leave_a_job();
  fs::create_symlink(folder_ / "nowhere", folder_ / "clip.job/a.spool");
  ASSERT_EQ(::mkfifo((folder_ / "clip.job/b.spool").c_str(), 0600), 0);
  {
    const JobFolder job = open();
    EXPECT_TRUE(job.goes_on());
    Spool spool(job.spool());
    for (const char* name : {"a", "b"}) {
      EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { RecordStore(spool, name, 4); }),
                  HasSubstr(std::string(name) + ".spool: it is a link or a pipe"));
    }
  }
  EXPECT_THAT(names_in_job(),
              ElementsAre("a.spool", "b.spool", "lock", "manifest.json", "maps.spool"));
  open().remove();
  EXPECT_THAT(names_in_job(), ElementsAre("a.spool", "b.spool")) << "not this program's";
}

TEST_F(JobFolderTest, DoesNotWriteItsLockThroughALink) {
  std::ofstream(folder_ / "precious") << "mine";
  fs::create_directory(folder_ / "clip.job");
  fs::create_symlink(folder_ / "precious", folder_ / "clip.job/lock");
  expect_kept("clip.job/lock: it is a link");
  EXPECT_EQ(fs::file_size(folder_ / "precious"), 4U);
}

TEST_F(JobFolderTest, LeavesNoEmptyLockOnAFullDisk) {
  const FileSizeLimit limit(8);
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { (void)open(); }), HasSubstr("clip.job/lock"));
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_F(JobFolderTest, LeavesNothingWhereItsManifestDoesNotFitOnTheDisk) {
  const FileSizeLimit limit(30);
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { (void)open(); }), HasSubstr("manifest"));
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_F(JobFolderTest, KeepsASecondRunOut) {
  const JobFolder job = open();
  write_record(job);
  for (const bool resume : {true, false}) {
    resume_ = resume;
    EXPECT_EQ(message_of(ErrorKind::kOutput, [&] { (void)open(); }),
              "another rollingdepth (process " + std::to_string(::getpid()) +
                  ") is at work on clip.mp4 in " + folder_.path().string());
  }
  JobFolder::discard(place(), "clip.mp4", kIdentity);
  EXPECT_TRUE(has_record(job));
}

TEST_F(JobFolderTest, TakesALockThatNobodyHolds) {
  fs::create_directory(folder_ / "clip.job");
  std::ofstream(folder_ / "clip.job/lock") << "1";  // A process that is there, but not ours.
  EXPECT_FALSE(open().goes_on());
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_F(JobFolderTest, LeavesForeignThingsAlone) {
  fs::create_directory(folder_ / "clip.job");
  std::ofstream(folder_ / "clip.job/mine.spool") << "mine";
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { (void)open(); }),
              HasSubstr("clip.job: something else has this name"));
  EXPECT_THAT(names_in_job(), ElementsAre("mine.spool"));
  JobFolder::discard(place(), "clip.mp4", kIdentity);
  EXPECT_THAT(names_in_job(), ElementsAre("mine.spool"));
}

TEST_F(JobFolderTest, TakesAnEmptyFolderForItsOwn) {
  fs::create_directory(folder_ / "clip.job");
  EXPECT_FALSE(open().goes_on());
}

TEST_F(JobFolderTest, FilesOfOthersInAJobStay) {
  leave_a_job();
  std::ofstream(folder_ / "clip.job/notes.txt") << "mine";
  open().remove();
  EXPECT_THAT(names_in_job(), ElementsAre("notes.txt"));
}

TEST_F(JobFolderTest, KeepsItsSpoolElsewhereAndTakesItAway) {
  fs::create_directory(folder_ / "fast");
  std::ofstream(folder_ / "fast/mine.spool") << "mine";
  spool_root_ = folder_ / "fast";
  leave_a_job();
  EXPECT_THAT(names_in_job(), ElementsAre("lock", "manifest.json"));
  // The next run finds the spool by the manifest, whatever it is told.
  spool_root_ = fs::path();
  JobFolder job = open();
  EXPECT_TRUE(job.goes_on());
  EXPECT_TRUE(has_record(job));
  EXPECT_EQ(job.spool().folder.parent_path(), folder_ / "fast");
  job.note_finished("snippets");
  job.remove();
  EXPECT_THAT(folder_.names(), ElementsAre("fast"));
  EXPECT_TRUE(fs::exists(folder_ / "fast/mine.spool"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "fast"), {}), 1);
}

TEST_F(JobFolderTest, LeavesNothingWhereItsSpoolCannotBeMade) {
  std::ofstream(folder_ / "file") << "no folder";
  spool_root_ = folder_ / "file/spool";
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { (void)open(); }),
              HasSubstr("cannot make the spool in " + (folder_ / "file/spool/clip-").string()));
  EXPECT_THAT(folder_.names(), ElementsAre("file"));
}

// A copy must not go on in the spool of the original: its lock is another one.
TEST_F(JobFolderTest, GoesOnInItsOwnSpoolWhereItWasCopied) {
  leave_a_job();
  fs::create_directory(folder_ / "copy");
  fs::copy(folder_ / "clip.job", folder_ / "copy/clip.job");
  JobFolder job({.folder = folder_ / "copy/clip.job"}, "clip.mp4", kIdentity);
  EXPECT_TRUE(job.goes_on());
  EXPECT_TRUE(has_record(job));
  job.remove();
  EXPECT_TRUE(has_record(open()));
}

TEST_F(JobFolderTest, TakesAwayThePartialFilesOfTheRunBefore) {
  const auto leave_partials = [&] {
    for (const char* name : {"clip.npy.partial", "clip.mp4.partial.a1", "other.npy.partial"}) {
      std::ofstream(folder_ / name) << "half";
    }
  };
  const auto run = [&](const JobIdentity& identity, std::vector<fs::path> outputs) {
    JobFolder job(
        {.folder = folder_ / "clip.job", .outputs = std::move(outputs), .overwrite = true},
        "clip.mp4", identity);
    write_record(job);
  };
  leave_partials();
  run(kIdentity, {folder_ / "clip.npy", folder_ / "clip.mp4"});
  EXPECT_THAT(folder_.names(), ElementsAre("clip.job", "other.npy.partial"));
  leave_partials();
  run({{"seed", 7}}, {folder_ / "clip.npy"});  // What wrote clip.mp4 stands in its manifest.
  EXPECT_THAT(folder_.names(), ElementsAre("clip.job", "other.npy.partial"));
}

TEST_F(JobFolderTest, DiscardsAJobOfThisIdentityOnly) {
  JobFolder::discard(place(), "clip.mp4", kIdentity);
  EXPECT_THAT(folder_.names(), IsEmpty());
  leave_a_job();
  EXPECT_TRUE(JobFolder::waits(folder_ / "clip.job", kIdentity));
  const JobIdentity other = {{"seed", 7}, {"res", 384}};
  EXPECT_FALSE(JobFolder::waits(folder_ / "clip.job", other));
  JobFolder::discard(place(), "clip.mp4", other);
  EXPECT_THAT(folder_.names(), ElementsAre("clip.job"));
  JobFolder::discard(place(), "clip.mp4", kIdentity);
  EXPECT_THAT(folder_.names(), IsEmpty());
}

}  // namespace
}  // namespace rollingdepth
