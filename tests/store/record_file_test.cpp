#include "store/record_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <fstream>

#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::FileSizeLimit;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;

constexpr std::uint64_t kJob = 77;
// Of a record of 16 bytes.
constexpr std::streamoff kSlot = RecordFile::kHeaderBytes + 16;

class RecordFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] RecordFile open(std::size_t record_bytes = 16, std::uint64_t job = kJob) const {
    return {{::open(file_.c_str(), O_RDWR | O_CREAT, 0600), "records"}, record_bytes, job};
  }
  static std::vector<std::byte> record(int value, std::size_t bytes = 16) {
    return std::vector<std::byte>(bytes, static_cast<std::byte>(value));
  }
  // The record, or nothing.
  static std::vector<std::byte> read(const RecordFile& file, std::int64_t index,
                                     std::size_t bytes = 16) {
    std::vector<std::byte> found(bytes);
    return file.read(index, found) ? found : std::vector<std::byte>();
  }
  void overwrite(std::streamoff at, char value) const {
    std::fstream stream(file_, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(at).put(value);
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "a.spool";
};

TEST_F(RecordFileTest, KeepsRecordsOverARestart) {
  {
    RecordFile file = open();
    file.write(2, record(2));
    file.write(0, record(7));
  }
  const RecordFile file = open();
  EXPECT_EQ(read(file, 0), record(7));
  EXPECT_EQ(read(file, 2), record(2));
}

TEST_F(RecordFileTest, WhatWasNeverWrittenIsMissing) {
  RecordFile file = open();
  EXPECT_TRUE(read(file, 0).empty());
  file.write(3, record(1));
  EXPECT_TRUE(read(file, 1).empty()) << "a hole";
  EXPECT_TRUE(read(file, 4).empty()) << "past the end";
}

TEST_F(RecordFileTest, ADamagedRecordIsMissingAndItsNeighboursAreNot) {
  RecordFile file = open();
  for (int i = 0; i < 3; ++i) file.write(i, record(i + 1));
  overwrite(kSlot + RecordFile::kHeaderBytes + 5, 'x');
  EXPECT_EQ(read(file, 0), record(1));
  EXPECT_TRUE(read(file, 1).empty());
  EXPECT_EQ(read(file, 2), record(3));
}

TEST_F(RecordFileTest, ATornRecordIsMissing) {
  RecordFile file = open();
  file.write(0, record(1));
  std::filesystem::resize_file(file_, kSlot - 4);
  EXPECT_TRUE(read(file, 0).empty());
}

TEST_F(RecordFileTest, RecordsOfAnotherJobAreMissing) {
  open().write(0, record(1));
  EXPECT_TRUE(read(open(16, kJob + 1), 0).empty());
}

// Equal bytes in two places: what was copied from one to the other is no record there.
TEST_F(RecordFileTest, ARecordInAnothersPlaceIsMissing) {
  RecordFile file = open();
  file.write(0, record(1));
  std::ifstream in(file_, std::ios::binary);
  std::string slot(kSlot, '\0');
  in.read(slot.data(), kSlot);
  std::ofstream(file_, std::ios::binary | std::ios::app).write(slot.data(), kSlot);
  EXPECT_EQ(read(file, 0), record(1));
  EXPECT_TRUE(read(file, 1).empty());
  EXPECT_FALSE(file.has(1));
}

TEST_F(RecordFileTest, HasWhatWasWrittenAndNotReleased) {
  RecordFile file = open();
  for (const int i : {0, 2}) file.write(i, record(i));
  EXPECT_TRUE(file.has(0));
  EXPECT_FALSE(file.has(1)) << "a hole";
  EXPECT_TRUE(open().has(2)) << "over a restart";
  EXPECT_FALSE(file.has(3)) << "past the end";
  EXPECT_FALSE(open(16, kJob + 1).has(2)) << "of another job";
  file.release(2);
  EXPECT_FALSE(file.has(2));
}

// The price of a question does not grow with the record: nothing but its mark is looked at.
TEST_F(RecordFileTest, HasNoLookAtTheDataOfARecord) {
  RecordFile file = open();
  file.write(0, record(1));
  std::filesystem::resize_file(file_, 8);
  EXPECT_TRUE(file.has(0));
  EXPECT_TRUE(read(file, 0).empty());
}

TEST_F(RecordFileTest, ReleasingGivesTheDiskBack) {
  constexpr std::size_t kBytes = 1 << 20;
  RecordFile file = open(kBytes);
  for (int i = 0; i < 4; ++i) file.write(i, record(i + 1, kBytes));
  const std::int64_t before = file.disk_bytes();
  file.release(1);
  EXPECT_TRUE(read(file, 1, kBytes).empty());
  EXPECT_EQ(read(file, 2, kBytes), record(3, kBytes));
  // A page at each end stays.
  EXPECT_LE(file.disk_bytes(), before - static_cast<std::int64_t>(kBytes) + 3 * 4096);
}

TEST_F(RecordFileTest, RefusesRecordsOfAnotherSize) {
  RecordFile file = open();
  EXPECT_THAT(message_of(ErrorKind::kFailed, [&] { file.write(0, record(1, 15)); }),
              HasSubstr("records of 16 bytes, not of 15"));
}

TEST_F(RecordFileTest, FullDiskIsReported) {
  RecordFile file = open();
  const FileSizeLimit limit(64);
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { file.write(9, record(1)); }),
              HasSubstr("cannot write records"));
}

}  // namespace
}  // namespace rollingdepth
