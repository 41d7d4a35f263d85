#include "merge/merged_maps.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <limits>

#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::FieldsAre;
using testing::TemporaryFolder;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(MapRange, IsOfFiniteValuesAndCountsTheOthers) {
  EXPECT_THAT(range_of(at::tensor({0.5f, kNaN, -0.25f, kInfinity})), FieldsAre(-0.25f, 0.5f, 2));
  MapRange range = range_of(at::tensor({kNaN}));
  EXPECT_LT(range.max, range.min);
  range.include(range_of(at::tensor({3.0f})));
  EXPECT_THAT(range, FieldsAre(3.0f, 3.0f, 1));
}

class RangedMapsTest : public ::testing::Test {
 protected:
  Spool spool() const {
    return Spool({.folder = folder_.path(), .memory_limit_bytes = 0, .job = 5});
  }

  TemporaryFolder folder_;
  at::Tensor map_ = at::tensor({0.1f, -7.25f, 3e38f, 1e-40f}).view({2, 2});
};

TEST_F(RangedMapsTest, KnowTheRangeWithoutTheMap) {
  {
    Spool first = spool();
    RangedMaps(first, "maps", {2, 2}).write(3, map_);
  }
  std::filesystem::remove(folder_ / "maps.spool");
  Spool second = spool();
  const RangedMaps maps(second, "maps", {2, 2});
  EXPECT_FALSE(maps.has(3));
  EXPECT_EQ(maps.range(3), range_of(map_));
  EXPECT_THROW((void)maps.range(2), MissingRecord);
}

TEST_F(RangedMapsTest, LookAtTheMapWhereItsRangeIsLost) {
  {
    Spool first = spool();
    RangedMaps(first, "maps", {2, 2}).write(3, map_);
  }
  std::filesystem::remove(folder_ / "maps-ranges.spool");
  Spool second = spool();
  EXPECT_EQ(RangedMaps(second, "maps", {2, 2}).range(3), range_of(map_));
}

// Frames 10 to 12 lie in the second store, the rest in the first, each under its number in the
// clip.
TEST_F(RangedMapsTest, OfAChunkLieInTwoStores) {
  Spool all = spool();
  RangedMaps maps(all, "maps", {2, 2}), again(all, "again", {2, 2});
  ChunkMaps chunk(maps, 10, &again, 3);
  for (const std::int64_t frame : {2, 3}) chunk.write(frame, map_ + static_cast<double>(frame));
  EXPECT_TRUE(again.has(12));
  EXPECT_TRUE(maps.has(13));
  EXPECT_FALSE(maps.has(12));
  EXPECT_FALSE(chunk.has(4));
  EXPECT_TRUE(chunk.is_whole(2));
  EXPECT_TRUE(at::equal(chunk.read(3), map_ + 3));
  EXPECT_EQ(chunk.range(2), range_of(map_ + 2));
}

}  // namespace
}  // namespace rollingdepth
