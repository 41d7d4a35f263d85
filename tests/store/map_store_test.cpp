#include "store/map_store.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <limits>

#include "error_matchers.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

class MapStoreTest : public ::testing::Test {
 protected:
  Spool spool_{SpoolPlace{}};
  MapStore store_{spool_, "maps", {2, 3, 4, 5}, SpoolDtype::kUint16};
};

TEST_F(MapStoreTest, KeepsSixteenBitsOfEveryMap) {
  const at::Tensor maps =
      at::rand({3, 4, 5}) * at::tensor({1.0f, 100.0f, 1e-4f}).view({3, 1, 1}) - 7;
  store_.write(1, maps);
  const at::Tensor stored = store_.read(1);
  for (std::int64_t j = 0; j < 3; ++j) {
    const float range = (maps[j].max() - maps[j].min()).item<float>();
    // Half a step, and the rounding of values near -7 to float32.
    const float bound = range * 0.5f / 65535 * 1.01f + 5e-7f;
    EXPECT_LE((stored[j] - maps[j]).abs().max().item<float>(), bound) << j;
    EXPECT_EQ(stored[j].min().item<float>(), maps[j].min().item<float>());
    EXPECT_TRUE(at::equal(store_.read_map(1, j), stored[j]));
  }
}

TEST_F(MapStoreTest, KeepsFlatMapsExactly) {
  const at::Tensor maps = at::full({3, 4, 5}, 0.1);
  store_.write(0, maps);
  EXPECT_TRUE(at::equal(store_.read(0), maps));
}

TEST_F(MapStoreTest, KeepsTheSmallestAndTheLargestRanges) {
  at::Tensor maps = at::zeros({3, 4, 5});
  maps[0][0][0] = 1e-38;
  maps[1][0][0] = 1e-42;
  maps[2].fill_(-3e38);
  maps[2][0][0] = 3e38;
  store_.write(0, maps);
  const at::Tensor stored = store_.read(0);
  EXPECT_TRUE(stored.isfinite().all().item<bool>());
  EXPECT_LE((stored[2] - maps[2]).abs().max().item<float>(), 1e-4 * 3e38);
  EXPECT_LE((stored[0] - maps[0]).abs().max().item<float>(), 1.1e-38);
}

// A map that was written, read and written again must not drift: a resumed run does that.
TEST_F(MapStoreTest, StoringWhatItGaveBackChangesNothing) {
  const at::Tensor maps = at::rand({3, 4, 5});
  store_.write(0, maps);
  const at::Tensor once = store_.read(0);
  EXPECT_TRUE(at::equal(store_.decode(store_.encode(maps)), once));
  store_.write(1, once);
  EXPECT_TRUE(at::allclose(store_.read(1), once, 0, 1e-7));
}

TEST_F(MapStoreTest, KeepsAnyValueAsFp32) {
  MapStore store(spool_, "exact", {2, 3, 4, 5}, SpoolDtype::kFp32);
  at::Tensor maps = at::randn({3, 4, 5});
  maps[0][0][0] = std::numeric_limits<float>::quiet_NaN();
  maps[0][0][1] = std::numeric_limits<float>::infinity();
  store.write(0, maps);
  EXPECT_TRUE(at::allclose(store.read(0), maps, 0, 0, /*equal_nan=*/true));
}

TEST_F(MapStoreTest, RefusesValuesThatAreNotFiniteInSixteenBits) {
  at::Tensor maps = at::ones({3, 4, 5});
  maps[1][2][2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(message_of(ErrorKind::kFailed, [&] { store_.write(0, maps); }),
              HasSubstr("must be finite"));
}

TEST_F(MapStoreTest, ASnippetWithAReleasedMapIsMissing) {
  store_.write(0, at::ones({3, 4, 5}));
  EXPECT_TRUE(store_.find(0).has_value());
  store_.release_map(0, 1);
  EXPECT_FALSE(store_.find(0).has_value());
  EXPECT_TRUE(at::equal(store_.read_map(0, 2), at::ones({4, 5})));
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { (void)store_.read_map(0, 1); }),
              HasSubstr("map 1 of snippet 0 of the spool 'maps': it is missing or damaged"));
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { (void)store_.read(1); }),
              HasSubstr("snippet 1 of the spool 'maps'"));
}

TEST_F(MapStoreTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(message_of(ErrorKind::kFailed,
                         [&] {
                           store_.write(0, at::ones({2, 4, 5}));
                         }),
              HasSubstr("of its own shape only"));
  EXPECT_THAT(message_of(ErrorKind::kFailed,
                         [&] {
                           store_.write(2, at::ones({3, 4, 5}));
                         }),
              HasSubstr("no map 0 of snippet 2"));
}

TEST(SpoolDtype, SuggestsTheNearestName) {
  EXPECT_EQ(parse_spool_dtype("fp32"), SpoolDtype::kFp32);
  EXPECT_THAT(message_of(ErrorKind::kUsage, [] { parse_spool_dtype("fp23"); }), HasSubstr("fp32"));
}

TEST(TensorStore, GivesBackWhatItWasGivenInAnyDtype) {
  Spool spool{SpoolPlace{}};
  TensorStore store(spool, "latents", {4, 2}, at::kBFloat16);
  const at::Tensor latent = at::randn({4, 2}).to(at::kBFloat16);
  store.write(3, latent.t().contiguous().t());
  EXPECT_TRUE(at::equal(store.read(3), latent));
  EXPECT_FALSE(store.has(2));
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { (void)store.read(2); }),
              HasSubstr("record 2 of the spool 'latents'"));
  EXPECT_THAT(message_of(ErrorKind::kFailed,
                         [&] {
                           store.write(0, at::ones({4, 2}));
                         }),
              HasSubstr("shape and dtype"));
}

}  // namespace
}  // namespace rollingdepth
