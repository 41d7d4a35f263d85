#include "jobs/job_plan.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "error_matchers.hpp"
#include "jobs/sealed_json.hpp"
#include "jobs/shard_notes.hpp"
#include "store/spool.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::TemporaryFolder;

JobPlan some_plan() {
  return {
      .id = 0xfedcba9876543210,
      .input = "/clips/caf\xe9 %20.mp4",  // No UTF-8, and what an escape would look like.
      .model = "/models/a",
      .arguments = {"-i", "caf\xe9.mp4", "--res", "64"},
      .size = {.width_px = 64, .height_px = 48},
      .frames = 5,
      .batch = {.vae_frames = 4, .snippets = 2},
      .threads = 3,
      .records = {{.phase = "encode",
                   .unit = "frames",
                   .store = "latents",
                   .first = 0,
                   .units = 5,
                   .record_bytes = 8}},
      .identity = {
          {"res", 64}, {"device", "cpu"}, {"kernels", "avx2"}, {"dtype", "fp32"}, {"tf32", false}}};
}

TEST(JobPlan, ReadsAsItWasWritten) {
  const TemporaryFolder folder;
  const JobPlan written = some_plan();
  write_plan(folder.path(), written);
  EXPECT_THAT(folder.names(), ElementsAre("plan.json"));
  const JobPlan read = require_plan(folder.path());
  EXPECT_EQ(read.id, written.id);
  EXPECT_EQ(read.input, written.input);
  EXPECT_EQ(read.model, written.model);
  EXPECT_EQ(read.arguments, written.arguments);
  EXPECT_EQ(read.size, written.size);
  EXPECT_EQ(read.frames, 5);
  EXPECT_EQ(read.batch.vae_frames, 4);
  EXPECT_EQ(read.batch.snippets, 2);
  EXPECT_EQ(read.threads, 3);
  ASSERT_EQ(read.records.size(), 1U);
  EXPECT_EQ(read.records[0].store, "latents");
  EXPECT_EQ(read.records[0].units, 5);
  EXPECT_EQ(read.records[0].record_bytes, 8);
  EXPECT_EQ(read.identity, written.identity);
}

TEST(JobPlan, IsMissedByName) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_plan(folder.path()));
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { require_plan(folder.path()); }),
              HasSubstr("no job that was planned"));
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { require_plan(folder / "none"); }),
              HasSubstr("no such folder"));
}

TEST(JobPlan, IsRefusedWhereItWasChanged) {
  const TemporaryFolder folder;
  write_plan(folder.path(), some_plan());
  Settings json = Settings::parse(std::ifstream(folder / "plan.json"));
  const auto refusal = [&](const Settings& changed) {
    std::ofstream(folder / "plan.json") << changed.dump();
    return message_of(ErrorKind::kInput, [&] { require_plan(folder.path()); });
  };
  Settings changed = json;
  changed["frames"] = 6;
  EXPECT_THAT(refusal(changed), HasSubstr("its plan.json was damaged or changed"));
  changed["frames"] = 0;
  seal(changed);
  EXPECT_THAT(refusal(changed), HasSubstr("its plan.json is damaged"));
  changed = json;
  changed["identity"] = Settings::object();
  seal(changed);
  EXPECT_THAT(refusal(changed), HasSubstr("its plan.json is damaged"));
  changed = json;
  changed["phases"][0]["units"] = 1'000'000'000'000'000'000;
  seal(changed);
  EXPECT_THAT(refusal(changed), HasSubstr("its plan.json is damaged"));
  // Records of 2^40 bytes, as many as there may be, lie beyond all files.
  changed["phases"][0]["units"] = 8'000'000'000;
  changed["phases"][0]["record_bytes"] = std::int64_t{1} << 40;
  seal(changed);
  EXPECT_THAT(refusal(changed), HasSubstr("its plan.json is damaged"));
  for (const Settings& number : {Settings(5.5), Settings(1e300), Settings(true)}) {
    changed = json;
    changed["frames"] = number;
    seal(changed);
    EXPECT_THAT(refusal(changed), HasSubstr("its plan.json is damaged")) << number;
  }
  changed = json;
  changed["format"] = 99;
  seal(changed);
  EXPECT_THAT(refusal(changed), HasSubstr("format 99"));
}

TEST(CountUnits, TellsWhatIsMissing) {
  const TemporaryFolder folder;
  const JobPlan plan = some_plan();
  const std::vector<std::byte> record(8);
  for (const auto& [writer, index] : {std::pair("a", 1), std::pair("b", 2)}) {
    Spool spool(
        {.folder = folder.path(), .memory_limit_bytes = 0, .job = plan.id, .writer = writer});
    RecordStore(spool, "latents", 8).write(index, record);
  }
  const std::vector<UnitsDone> counted = count_units(folder.path(), plan);
  ASSERT_EQ(counted.size(), 1U);
  EXPECT_EQ(counted[0].done, 2);
  ASSERT_EQ(counted[0].missing.size(), 2U);
  EXPECT_EQ(counted[0].missing[0].first, 0);
  EXPECT_EQ(counted[0].missing[0].last, 1);
  EXPECT_EQ(counted[0].missing[1].first, 3);
  EXPECT_EQ(counted[0].missing[1].last, 5);
}

TEST(ShardNotes, ReadAsTheyWereWrittenInTheOrderOfShards) {
  const TemporaryFolder folder;
  ShardNote second = new_note({.index = 1, .count = 2, .source = ""});
  second.compute = "cpu, bf16";
  second.units = 12;
  second.seconds = 1.5;
  write_note(folder.path(), second);
  write_note(folder.path(), new_note({.index = 0, .count = 2, .source = ""}));
  std::ofstream(folder / "shard-damaged.json") << "{}";
  const std::vector<ShardNote> notes = read_notes(folder.path());
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].index, 0);
  EXPECT_EQ(notes[1].writer, second.writer);
  EXPECT_EQ(notes[1].compute, "cpu, bf16");
  EXPECT_EQ(notes[1].state, "works");
  EXPECT_EQ(notes[1].units, 12);
  EXPECT_EQ(notes[1].seconds, 1.5);
  EXPECT_NE(notes[0].writer, notes[1].writer);
  remove_plan(folder.path());
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(JobPlan, IsThereWhereNobodyCanTell) {
  const TemporaryFolder folder;
  EXPECT_FALSE(has_plan(folder / "clip.job"));
  std::filesystem::create_symlink("loop.job", folder / "loop.job");
  EXPECT_TRUE(has_plan(folder / "loop.job"));
}

TEST(ShardNotes, TellWhetherTheirProcessHasEndedHere) {
  const std::string own = new_note({.index = 0, .count = 1, .source = ""}).writer;
  EXPECT_FALSE(has_ended_here(own));
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  std::string other = own;
  const std::string number = std::to_string(getpid());
  other.replace(other.find("-" + number + "-") + 1, number.size(), std::to_string(child));
  EXPECT_TRUE(has_ended_here(other));
  for (const char* stranger : {"", "somebody", "1of2-elsewhere-1-00000000"}) {
    EXPECT_FALSE(has_ended_here(stranger)) << stranger;
  }
}

TEST(ShardNotes, NameAWriterThatCanBePartOfAFilesName) {
  const std::string writer = new_note({.index = 2, .count = 8, .source = ""}).writer;
  EXPECT_TRUE(writer.starts_with("3of8-")) << writer;
  EXPECT_EQ(writer.find_first_of("./ "), std::string::npos) << writer;
}

}  // namespace
}  // namespace rollingdepth
