#include "store/spool.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/joining_thread.hpp"
#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using testing::FileSizeLimit;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::TemporaryFolder;

constexpr std::size_t kBytes = 100;

std::vector<std::byte> record(int value) {
  return std::vector<std::byte>(kBytes, static_cast<std::byte>(value));
}

std::vector<std::byte> read(const RecordStore& store, std::int64_t index) {
  std::vector<std::byte> found(kBytes);
  return store.read(index, found) ? found : std::vector<std::byte>();
}

class SpoolTest : public ::testing::Test {
 protected:
  [[nodiscard]] SpoolPlace place(std::int64_t limit, std::optional<std::uint64_t> job = {}) const {
    return {.folder = folder_.path(), .memory_limit_bytes = limit, .job = job};
  }
  TemporaryFolder folder_;
};

TEST_F(SpoolTest, StaysInMemoryUpToTheLimitAndGoesToDiskBeyond) {
  Spool spool(place(300));
  RecordStore store(spool, "a", kBytes);
  for (int i = 0; i < 3; ++i) store.write(i, record(i + 1));
  EXPECT_FALSE(store.on_disk());
  store.write(3, record(4));
  EXPECT_TRUE(store.on_disk());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(read(store, i), record(i + 1)) << i;
  EXPECT_THAT(folder_.names(), IsEmpty()) << "the file has no name";
  spool.note_usage();
  EXPECT_GE(spool.peak_disk_bytes(), 400);
}

TEST_F(SpoolTest, StoresShareTheLimit) {
  Spool spool(place(300));
  RecordStore first(spool, "a", kBytes), second(spool, "b", kBytes);
  first.write(0, record(1));
  first.write(1, record(1));
  second.write(0, record(2));
  second.write(1, record(3));
  EXPECT_FALSE(first.on_disk());
  EXPECT_TRUE(second.on_disk());
  // The second one's memory is free again.
  first.write(2, record(1));
  EXPECT_FALSE(first.on_disk());
}

TEST_F(SpoolTest, WritingOverARecordTakesNoMoreMemory) {
  Spool spool(place(100));
  RecordStore store(spool, "a", kBytes);
  for (int i = 0; i < 5; ++i) store.write(0, record(i));
  EXPECT_FALSE(store.on_disk());
  EXPECT_EQ(read(store, 0), record(4));
}

TEST_F(SpoolTest, MemoryComesBackWithReleasedRecordsAndStores) {
  Spool spool(place(200));
  {
    RecordStore store(spool, "a", kBytes);
    store.write(0, record(1));
    store.write(1, record(1));
    store.release(0);
    EXPECT_THAT(read(store, 0), IsEmpty());
    store.write(2, record(2));
    EXPECT_FALSE(store.on_disk());
  }
  RecordStore other(spool, "b", kBytes);
  other.write(0, record(1));
  other.write(1, record(1));
  EXPECT_FALSE(other.on_disk());
}

TEST_F(SpoolTest, AJobFindsItsRecordsAgain) {
  {
    Spool spool(place(1 << 20, 5));
    RecordStore store(spool, "maps", kBytes);
    store.write(1, record(9));
    EXPECT_TRUE(store.on_disk()) << "a crash must find it on the disk";
  }
  EXPECT_THAT(folder_.names(), ElementsAre("maps.spool"));
  Spool spool(place(1 << 20, 5));
  EXPECT_TRUE(spool.has("maps"));
  EXPECT_GT(spool.found_bytes(), 0);
  EXPECT_EQ(read(RecordStore(spool, "maps", kBytes), 1), record(9));
  spool.remove("maps");
  EXPECT_FALSE(spool.has("maps"));
}

TEST_F(SpoolTest, FilesOfAJobCountWhenTheirStoreIsGone) {
  Spool spool(place(0, 5));
  RecordStore(spool, "a", kBytes).write(99, record(1));
  RecordStore(spool, "b", kBytes).write(0, record(1));
  spool.note_usage();
  EXPECT_EQ(spool.peak_disk_bytes(), spool.found_bytes());
  EXPECT_GE(spool.peak_disk_bytes(), 2 * static_cast<std::int64_t>(kBytes));
}

// What is opened, closed and removed is counted, and not looked for.
TEST_F(SpoolTest, KnowsWhatItsFilesTakeWithoutListingThem) {
  {
    Spool before(place(0, 5));
    RecordStore(before, "old", kBytes).write(0, record(1));
    RecordStore(before, "gone", kBytes).write(0, record(1));
  }
  Spool spool(place(0, 5));
  spool.remove("gone");
  spool.remove("absent");
  RecordStore old(spool, "old", kBytes);
  {
    RecordStore closed(spool, "closed", kBytes);
    for (int i = 0; i < 400; ++i) closed.write(i, record(1));
  }
  old.write(300, record(2));
  const std::int64_t all = spool.found_bytes();
  std::ofstream(folder_ / "another.spool") << std::string(1 << 20, 'x');
  spool.note_usage();
  EXPECT_EQ(spool.peak_disk_bytes(), all);
}

// What a record says of itself is believed until one has turned out to be damaged.
TEST_F(SpoolTest, HasADamagedRecordUntilItIsDistrusted) {
  for (const int i : {0, 1}) {
    Spool spool(place(0, 5));
    RecordStore(spool, "a", kBytes).write(i, record(i));
  }
  std::fstream(folder_ / "a.spool", std::ios::binary | std::ios::in | std::ios::out)
      .seekp(RecordFile::kHeaderBytes + 50)
      .put('\x5a');
  Spool spool(place(0, 5));
  RecordStore store(spool, "a", kBytes);
  EXPECT_TRUE(store.has(0));
  EXPECT_FALSE(store.is_whole(0));
  EXPECT_THAT(read(store, 0), IsEmpty());
  EXPECT_TRUE(store.has(0));
  spool.distrust();
  EXPECT_FALSE(store.has(0));
  EXPECT_TRUE(store.has(1));
  EXPECT_FALSE(store.has(2));
  store.write(0, record(7));
  EXPECT_TRUE(store.has(0));
}

TEST_F(SpoolTest, ReadsARecordToTellThatItIsWholeOnceAtMost) {
  {
    Spool spool(place(0, 5));
    RecordStore(spool, "a", kBytes).write(0, record(3));
  }
  Spool spool(place(0, 5));
  RecordStore store(spool, "a", kBytes);
  EXPECT_TRUE(store.is_whole(0));
  store.write(1, record(4));
  std::filesystem::resize_file(folder_ / "a.spool", 0);  // Nothing is left to be read.
  EXPECT_TRUE(store.is_whole(0)) << "read before";
  EXPECT_TRUE(store.is_whole(1)) << "written by this run";
  store.release(0);
  EXPECT_FALSE(store.is_whole(0));
}

TEST_F(SpoolTest, HasRecordsInMemoryAndAfterTheyMovedToDisk) {
  Spool spool(place(2 * kBytes));
  RecordStore store(spool, "a", kBytes);
  store.write(1, record(1));
  EXPECT_TRUE(store.has(1));
  EXPECT_FALSE(store.has(0));
  EXPECT_FALSE(store.has(2));
  for (const int i : {2, 3}) store.write(i, record(i));
  EXPECT_TRUE(store.on_disk());
  EXPECT_TRUE(store.has(1));
  EXPECT_TRUE(store.is_whole(3));
  EXPECT_FALSE(store.has(0));
  store.release(1);
  EXPECT_FALSE(store.has(1));
}

TEST_F(SpoolTest, AnotherJobDoesNot) {
  {
    Spool spool(place(0, 5));
    RecordStore(spool, "maps", kBytes).write(1, record(9));
  }
  Spool spool(place(0, 6));
  EXPECT_THAT(read(RecordStore(spool, "maps", kBytes), 1), IsEmpty());
}

TEST_F(SpoolTest, OneThreadReadsWhileAnotherWrites) {
  Spool spool(place(50 * kBytes));  // Moves to disk half way.
  RecordStore store(spool, "a", kBytes);
  constexpr int kRecords = 100;
  std::atomic<int> written = 0;
  JoiningThread writer([&] {
    for (int i = 0; i < kRecords; ++i) {
      store.write(i, record(i));
      written = i + 1;
    }
  });
  for (int i = 0; i < kRecords; ++i) {
    while (written <= i) std::this_thread::yield();
    ASSERT_EQ(read(store, i), record(i)) << i;
  }
}

TEST_F(SpoolTest, FullDiskIsReported) {
  Spool spool(place(0));
  RecordStore store(spool, "a", 4096);
  const FileSizeLimit limit(1024);
  const std::vector<std::byte> large(4096);
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { store.write(1, large); }),
              HasSubstr("cannot write the spool in " + folder_.path().string()));
}

TEST_F(SpoolTest, BytesAreToldWithoutOpeningAFile) {
  EXPECT_EQ(spooled_bytes(folder_ / "absent"), 0);
  EXPECT_EQ(spooled_bytes(folder_.path()), 0);
  std::ofstream(folder_ / "file") << "no folder";
  EXPECT_EQ(spooled_bytes(folder_ / "file"), std::nullopt);
  std::filesystem::create_symlink(folder_ / "nowhere", folder_ / "a.spool");
  ASSERT_EQ(::mkfifo((folder_ / "b.spool").c_str(), 0600), 0);
  EXPECT_EQ(spooled_bytes(folder_.path()), 0);
  Spool spool(place(0, 5));
  RecordStore(spool, "c", kBytes).write(0, record(1));
  EXPECT_GT(spooled_bytes(folder_.path()), 0);
  EXPECT_EQ(spooled_bytes(folder_.path()), spool.found_bytes());
}

TEST_F(SpoolTest, MissingFolderIsReported) {
  Spool spool({.folder = folder_ / "absent", .memory_limit_bytes = 0, .job = 1});
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { RecordStore(spool, "a", kBytes); }),
              HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace rollingdepth
