#include "measure/rank_correlation.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "maps.hpp"

namespace rollingdepth {
namespace {

using testing::all_valid;
using testing::map_of;
using testing::random_maps;

MapPair row(const std::vector<float>& reference, const std::vector<float>& candidate) {
  const auto width = static_cast<std::int64_t>(reference.size());
  return all_valid(map_of(width, reference), map_of(width, candidate));
}

double pooled(const std::vector<MapPair>& frames) {
  PooledRanks ranks;
  for (const MapPair& maps : frames) ranks.count(maps);
  for (const MapPair& maps : frames) ranks.correlate(maps);
  return ranks.value();
}

// From the middle, the ranks are (-1.5, 0, 0, 1.5) and (-1.5, -0.5, 0.5, 1.5): the products sum to
// 4.5, the squares to 4.5 and 5.
TEST(Spearman, TiesHaveTheirMeanRank) {
  const MapPair maps = row({1, 2, 2, 3}, {10, 20, 30, 40});
  EXPECT_DOUBLE_EQ(spearman(maps), 4.5 / std::sqrt(4.5 * 5));
  EXPECT_DOUBLE_EQ(spearman({maps.candidate, maps.reference, maps.valid}),
                   4.5 / std::sqrt(4.5 * 5));
}

// (-1, 0, 1, 2, 3) against ranks in the order 3, 1, 2, 5, 4: from the middle (-2, -1, 0, 1, 2) and
// (0, -2, -1, 2, 1), of which the products sum to 6 and the squares to 10 each.
TEST(Spearman, OrdersNegativeValuesBelowPositiveOnes) {
  EXPECT_DOUBLE_EQ(spearman(row({-1, 0, 1e-30f, 2, 3e30f}, {-2, -4e20f, -3, 7, 1e-20f})), 0.6);
}

// The ranks are (-0.5, -0.5, 1) and (-1, 0, 1).
TEST(Spearman, ZeroHasNoSign) {
  EXPECT_DOUBLE_EQ(spearman(row({0.0f, -0.0f, 1}, {0, 1, 2})), 1.5 / std::sqrt(1.5 * 2));
  EXPECT_DOUBLE_EQ(spearman(row({-0.0f, 0.0f, 1}, {0, 1, 2})), 1.5 / std::sqrt(1.5 * 2));
}

TEST(Spearman, SeesOnlyTheOrder) {
  at::manual_seed(3);
  const at::Tensor map = at::randn({20, 30});
  EXPECT_DOUBLE_EQ(spearman(all_valid(map, (3 * map).exp())), 1);
  EXPECT_DOUBLE_EQ(spearman(all_valid(map, -map)), -1);
}

TEST(Spearman, IsNotDefinedForOnePixelOrAConstantMap) {
  EXPECT_TRUE(std::isnan(spearman(row({1}, {2}))));
  EXPECT_TRUE(std::isnan(spearman(row({1, 1, 1}, {1, 2, 3}))));
  EXPECT_TRUE(std::isnan(spearman(row({1, 2, 3}, {1, 1, 1}))));
  MapPair maps = row({1, 2, 3}, {1, 2, 3});
  maps.valid.fill_(false);
  EXPECT_TRUE(std::isnan(spearman(maps)));
  EXPECT_TRUE(std::isnan(pooled({maps})));
}

TEST(Spearman, DoesNotSeeWhatIsNotValid) {
  at::manual_seed(4);
  const MapPair maps = random_maps(9, 8);
  EXPECT_EQ(spearman(maps),
            spearman(all_valid(maps.reference.masked_select(maps.valid).view({1, -1}),
                               maps.candidate.masked_select(maps.valid).view({1, -1}))));
}

// Values of 10 bits: none of them is taken for another.
TEST(PooledRanks, AreThoseOfAllFramesTogether) {
  at::manual_seed(5);
  std::vector<MapPair> frames;
  std::vector<at::Tensor> references, candidates, masks;
  for (int frame = 0; frame < 5; ++frame) {
    MapPair maps = random_maps(6 + frame, 10);
    maps.reference = (512 * (maps.reference - 1.5 + frame)).round();
    maps.candidate = (512 * (maps.candidate - 1.5 + frame)).round();
    references.push_back(maps.reference);
    candidates.push_back(maps.candidate);
    masks.push_back(maps.valid);
    frames.push_back(maps);
  }
  frames.push_back({at::zeros({2, 2}), at::ones({2, 2}), at::zeros({2, 2}, at::kBool)});
  // The sums are exact but for the last bit.
  EXPECT_NEAR(pooled(frames), spearman({at::cat(references), at::cat(candidates), at::cat(masks)}),
              1e-15);
}

TEST(PooledRanks, TellValuesApartBy13Bits) {
  const float step = std::ldexp(1.0f, -13);
  for (const float sign : {1.0f, -1.0f}) {
    const std::vector<float> ramp = {sign, 2 * sign, 3 * sign};
    EXPECT_DOUBLE_EQ(pooled({row({sign, sign * (1 + step), 2 * sign}, ramp)}), 1);
    EXPECT_DOUBLE_EQ(pooled({row({sign, sign * (1 + step / 2), 2 * sign}, ramp)}),
                     1.5 / std::sqrt(1.5 * 2));
  }
}

// About 10000, where float32 has steps of 2^-10 and 13 bits steps of 1.
TEST(PooledRanks, TellValuesApartFarFromZero) {
  const MapPair maps = row({10000.0f, 10000.25f, 10000.5f, 10001.0f}, {1, 2, 3, 4});
  PooledRanks ranks(10000.5, 2.5);
  ranks.count(maps);
  ranks.correlate(maps);
  EXPECT_DOUBLE_EQ(ranks.value(), 1);
}

TEST(PooledRanks, AreNotDefinedForOnePixelOrAConstantClip) {
  EXPECT_TRUE(std::isnan(pooled({})));
  EXPECT_TRUE(std::isnan(pooled({row({1}, {2})})));
  EXPECT_TRUE(std::isnan(pooled({row({1, 1}, {1, 2}), row({1, 1}, {3, 4})})));
  EXPECT_DOUBLE_EQ(pooled({row({1, 1}, {3, 3}), row({2, 2}, {4, 4})}), 1);
}

}  // namespace
}  // namespace rollingdepth
