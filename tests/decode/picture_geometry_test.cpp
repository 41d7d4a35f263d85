#include "decode/picture_geometry.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace rollingdepth {
namespace {

constexpr std::int32_t kOne = 1 << 16;

std::optional<Orientation> read(double a, double b, double c, double d) {
  const auto fixed = [](double entry) { return static_cast<std::int32_t>(entry * kOne); };
  const std::array<std::int32_t, 9> matrix = {fixed(a), fixed(b), 0, fixed(c), fixed(d),
                                              0,        0,        0, 1 << 30};
  return orientation_of(matrix.data());
}

// One row of two pixels, 1 and 2, in every channel.
at::Tensor pair() {
  return at::tensor({1, 2}, at::kByte).view({1, 1, 2}).expand({3, 1, 2}).contiguous();
}

std::vector<int> levels(const at::Tensor& rgb) {
  const at::Tensor flat = rgb[1].flatten().to(at::kInt).contiguous();
  return {flat.data_ptr<int>(), flat.data_ptr<int>() + flat.numel()};
}

TEST(Orientation, IsUprightForTheIdentity) { EXPECT_EQ(read(1, 0, 0, 1), Orientation{}); }

// Turned by 90 degrees clockwise, the left pixel of a row comes to lie on top.
TEST(Orientation, TurnsClockwise) {
  const auto orientation = read(0, 1, -1, 0);
  ASSERT_TRUE(orientation);
  const at::Tensor shown = oriented(pair(), *orientation);
  EXPECT_EQ(shown.sizes(), at::IntArrayRef({3, 2, 1}));
  EXPECT_THAT(levels(shown), testing::ElementsAre(1, 2));
}

TEST(Orientation, TurnsAnticlockwise) {
  const auto orientation = read(0, -1, 1, 0);
  ASSERT_TRUE(orientation);
  EXPECT_THAT(levels(oriented(pair(), *orientation)), testing::ElementsAre(2, 1));
}

TEST(Orientation, MirrorsAndIgnoresScale) {
  const auto orientation = read(-2, 0, 0, 2);
  ASSERT_TRUE(orientation);
  EXPECT_EQ(*orientation, (Orientation{.flip_horizontal = true}));
  EXPECT_THAT(levels(oriented(pair(), *orientation)), testing::ElementsAre(2, 1));
}

TEST(Orientation, IsUnknownForSlantsAndEmptyMatrices) {
  EXPECT_EQ(read(0.7, 0.7, -0.7, 0.7), std::nullopt);
  EXPECT_EQ(read(0, 0, 0, 0), std::nullopt);
}

TEST(Resized, WidensARowThatWasTurnedUpright) {
  const at::Tensor row = at::arange(60, at::kByte).view({3, 1, 20});
  const at::Tensor upright = oriented(row, {.transpose = true});
  const at::Tensor wide = resized(upright, 20, 3);
  EXPECT_TRUE(wide.equal(row.view({3, 20, 1}).expand({3, 20, 3})));
}

TEST(SquarePixelWidth, StretchesAndShrinks) {
  EXPECT_EQ(square_pixel_width(720, {.num = 16, .den = 15}), 768);
  EXPECT_EQ(square_pixel_width(720, {.num = 8, .den = 9}), 640);
}

TEST(SquarePixelWidth, LeavesSquareUnknownAndAbsurdRatiosAlone) {
  EXPECT_EQ(square_pixel_width(720, {.num = 1, .den = 1}), 720);
  EXPECT_EQ(square_pixel_width(720, {.num = 0, .den = 1}), 720);
  EXPECT_EQ(square_pixel_width(720, {.num = 405, .den = 404}), 720);
  EXPECT_EQ(square_pixel_width(720, {.num = 1000, .den = 1}), 720);
}

TEST(Resized, KeepsFlatColoursExact) {
  const at::Tensor rgb = at::full({3, 9, 16}, 77, at::kByte);
  const at::Tensor larger = resized(rgb, 9, 21);
  EXPECT_EQ(larger.sizes(), at::IntArrayRef({3, 9, 21}));
  EXPECT_TRUE(larger.eq(77).all().item<bool>());
}

}  // namespace
}  // namespace rollingdepth
