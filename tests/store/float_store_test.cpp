#include "rollingdepth/store/float_store.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::FileSizeLimit;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::TemporaryFolder;

constexpr std::int64_t kAlwaysOnDisk = 0;
constexpr std::int64_t kAlwaysInMemory = 1 << 20;

class FloatStoreIn : public ::testing::TestWithParam<std::int64_t> {
 protected:
  FloatStore make(std::int64_t count, std::vector<std::int64_t> shape) {
    return {{.folder = folder_.path(), .memory_limit_bytes = GetParam()}, count, std::move(shape)};
  }
  TemporaryFolder folder_;
};

TEST_P(FloatStoreIn, GivesBackWhatWasWrittenInAnyOrder) {
  FloatStore store = make(5, {3, 4, 6});
  EXPECT_EQ(store.on_disk(), GetParam() == kAlwaysOnDisk);
  EXPECT_EQ(store.count(), 5);
  EXPECT_THAT(store.shape(), ::testing::ElementsAre(3, 4, 6));
  const at::Tensor records = at::rand({5, 3, 4, 6});
  for (const std::int64_t index : {3, 0, 4, 2, 1}) store.write(index, records[index]);
  for (const std::int64_t index : {1, 4, 0, 3, 2}) {
    EXPECT_TRUE(at::equal(store.read(index), records[index])) << index;
    EXPECT_TRUE(at::equal(store.read_row(index, 1), records[index][1])) << index;
  }
}

TEST_P(FloatStoreIn, RowsMakeUpARecord) {
  FloatStore store = make(2, {3, 4});
  const at::Tensor record = at::rand({3, 4});
  store.write(1, at::zeros({3, 4}));
  for (std::int64_t row = 0; row < 3; ++row) store.write_row(1, row, record[row]);
  EXPECT_TRUE(at::equal(store.read(1), record));
}

TEST_P(FloatStoreIn, WhatIsReadIsACopy) {
  FloatStore store = make(1, {4});
  store.write(0, at::ones({4}));
  store.read(0).zero_();
  EXPECT_TRUE(at::equal(store.read(0), at::ones({4})));
}

TEST_P(FloatStoreIn, RecordsThatWereNeverWrittenCannotBeRead) {
  FloatStore store = make(2, {3, 4});
  store.write(0, at::ones({3, 4}));
  store.write_row(1, 0, at::ones({4}));
  EXPECT_THAT(message_of(ErrorKind::kFailed, [&] { (void)store.read(1); }),
              HasSubstr("record 1 of a store was never written"));
  EXPECT_TRUE(at::equal(store.read_row(1, 0), at::ones({4})));
  EXPECT_THROW((void)store.read_row(1, 2), Error);
}

TEST_P(FloatStoreIn, RefusesWhatDoesNotFit) {
  FloatStore store = make(2, {3, 4});
  EXPECT_THROW(store.write(2, at::ones({3, 4})), Error);
  EXPECT_THROW(store.write(-1, at::ones({3, 4})), Error);
  EXPECT_THROW(store.write(0, at::ones({4, 3})), Error);
  EXPECT_THROW(store.write(0, at::ones({3, 4}, at::kDouble)), Error);
  EXPECT_THROW(store.write_row(0, 3, at::ones({4})), Error);
  EXPECT_THROW(store.write_row(0, 0, at::ones({3, 4})), Error);
}

TEST_P(FloatStoreIn, MovesWithItsContent) {
  FloatStore first = make(1, {2});
  first.write(0, at::ones({2}));
  FloatStore second = make(3, {5});
  second = std::move(first);
  EXPECT_EQ(second.count(), 1);
  EXPECT_TRUE(at::equal(second.read(0), at::ones({2})));
}

TEST_P(FloatStoreIn, LeavesNoNameInTheFolder) {
  FloatStore store = make(2, {3, 4});
  store.write(1, at::ones({3, 4}));
  EXPECT_THAT(folder_.names(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(MemoryAndDisk, FloatStoreIn,
                         ::testing::Values(kAlwaysInMemory, kAlwaysOnDisk), [](const auto& place) {
                           return place.param == kAlwaysOnDisk ? "Disk" : "Memory";
                         });

TEST(FloatStore, StaysInMemoryUpToTheLimitInclusive) {
  const TemporaryFolder folder;
  const SpoolPlace place{.folder = folder.path(), .memory_limit_bytes = 96};
  EXPECT_FALSE(FloatStore(place, 2, {3, 4}).on_disk());
  EXPECT_TRUE(FloatStore(place, 5, {5}).on_disk());
}

TEST(FloatStore, FullDiskIsReported) {
  const TemporaryFolder folder;
  FloatStore store({.folder = folder.path(), .memory_limit_bytes = kAlwaysOnDisk}, 4, {1024});
  const FileSizeLimit limit(2 * 4096);
  store.write(0, at::ones({1024}));
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { store.write(3, at::ones({1024})); }),
              HasSubstr("cannot write the spool in " + folder.path().string()));
  EXPECT_TRUE(at::equal(store.read(0), at::ones({1024})));
  EXPECT_THROW((void)store.read(3), Error) << "a record that failed counts as not written";
}

TEST(FloatStore, MissingFolderIsReported) {
  const TemporaryFolder folder;
  EXPECT_THAT(
      message_of(
          ErrorKind::kOutput,
          [&] { FloatStore({.folder = folder / "absent", .memory_limit_bytes = 0}, 1, {1}); }),
      HasSubstr("absent: No such file or directory"));
}

}  // namespace
}  // namespace rollingdepth
