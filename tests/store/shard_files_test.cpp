#include "store/shard_files.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "store/spool.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::Each;
using testing::TemporaryFolder;
using ::testing::UnorderedElementsAre;

constexpr std::size_t kBytes = 100;
constexpr std::uint64_t kJob = 5;

std::vector<std::byte> record(int value) {
  return std::vector<std::byte>(kBytes, static_cast<std::byte>(value));
}

class ShardFilesTest : public ::testing::Test {
 protected:
  // As the process `writer`; empty: the one that holds the lock.
  void write(const std::string& writer, std::int64_t index, int value,
             std::uint64_t job = kJob) const {
    Spool spool(place(writer, job));
    RecordStore(spool, "maps", kBytes).write(index, record(value));
  }
  [[nodiscard]] std::vector<std::byte> read(const std::string& writer, std::int64_t index) const {
    Spool spool(place(writer));
    std::vector<std::byte> found(kBytes);
    return RecordStore(spool, "maps", kBytes).read(index, found) ? found : std::vector<std::byte>();
  }
  [[nodiscard]] SpoolPlace place(const std::string& writer, std::uint64_t job = kJob) const {
    return {.folder = folder_.path(), .memory_limit_bytes = 0, .job = job, .writer = writer};
  }

  TemporaryFolder folder_;
};

TEST_F(ShardFilesTest, HoldWhatEachProcessWritesByItself) {
  write("", 0, 1);
  write("a", 1, 2);
  write("b", 2, 3);
  EXPECT_THAT(folder_.names(),
              UnorderedElementsAre("maps.spool", "shard-a.maps.spool", "shard-b.maps.spool"));
}

TEST_F(ShardFilesTest, AreReadByAll) {
  write("", 0, 1);
  write("a", 1, 2);
  write("b", 2, 3);
  for (const std::string reader : {"", "a", "b", "c"}) {
    EXPECT_EQ(read(reader, 0), record(1)) << reader;
    EXPECT_EQ(read(reader, 1), record(2)) << reader;
    EXPECT_EQ(read(reader, 2), record(3)) << reader;
    EXPECT_TRUE(read(reader, 3).empty()) << reader;
  }
}

TEST_F(ShardFilesTest, AreNotMadeByReading) {
  EXPECT_TRUE(read("a", 0).empty());
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(ShardFilesTest, OfAnotherJobDoNotCount) {
  write("a", 0, 1, kJob + 1);
  EXPECT_TRUE(read("", 0).empty());
}

TEST_F(ShardFilesTest, GiveTheWholeRecordWhereAnotherIsDamaged) {
  write("a", 0, 1);
  write("b", 0, 1);
  std::filesystem::resize_file(folder_ / "shard-a.maps.spool", 50);
  EXPECT_EQ(read("", 0), record(1));
  std::filesystem::resize_file(folder_ / "shard-b.maps.spool", 50);
  EXPECT_TRUE(read("", 0).empty());
}

TEST_F(ShardFilesTest, AreFoundWhileAStoreIsOpen) {
  ShardFiles files(folder_.path(), "", kJob, std::chrono::milliseconds(0));
  EXPECT_FALSE(files.has("maps", kBytes, 0));
  write("late", 0, 4);
  EXPECT_TRUE(files.has("maps", kBytes, 0));
}

TEST_F(ShardFilesTest, GoWithTheirStore) {
  write("", 0, 1);
  write("a", 1, 2);
  Spool spool(place(""));
  EXPECT_TRUE(spool.has_others());
  spool.remove("maps");
  EXPECT_FALSE(spool.has("maps"));
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(ShardFilesTest, OfOthersStayWhereOneOfManyRemovesAStore) {
  write("", 0, 1);
  write("a", 1, 2);
  write("b", 1, 2);
  Spool(place("a")).remove("maps");
  EXPECT_THAT(folder_.names(), UnorderedElementsAre("maps.spool", "shard-b.maps.spool"));
}

// A link in a folder that many share leads nowhere.
TEST_F(ShardFilesTest, AreNoLinks) {
  const TemporaryFolder elsewhere;
  {
    Spool spool({.folder = elsewhere.path(), .memory_limit_bytes = 0, .job = kJob, .writer = "a"});
    RecordStore(spool, "maps", kBytes).write(0, record(1));
  }
  std::filesystem::create_symlink(elsewhere / "shard-a.maps.spool", folder_ / "shard-a.maps.spool");
  EXPECT_TRUE(read("", 0).empty());
}

// Of hundreds of processes that have each left a record.
TEST_F(ShardFilesTest, NeedFewOpenFiles) {
  constexpr int kWriters = 300;
  for (int i = 0; i < kWriters; ++i) write(std::to_string(i), i, i % 100);
  struct rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  struct rlimit few = before;
  few.rlim_cur = 48;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  for (int i = 0; i < kWriters; ++i) EXPECT_EQ(read("", i), record(i % 100)) << i;
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace rollingdepth
