// The renderer of the default model's training scenes: its depth is the truth that is learnt from.
#include <gmock/gmock.h>

#include <set>

#include "builder.hpp"
#include "painter.hpp"
#include "plain_assets.hpp"

namespace {

using rollingdepth::testing::plain_assets;
using ::testing::Each;
using ::testing::Ge;
using ::testing::Lt;

constexpr std::array<Vec3, 4> kCorners{{{-9, -9, 0}, {9, -9, 0}, {9, 9, 0}, {-9, 9, 0}}};

/// A square of 18 m across the z axis at depth `z`, as two triangles of `instance`.
std::vector<WorldTriangle> wall(float z, std::uint32_t instance) {
  std::vector<WorldTriangle> triangles;
  for (const auto& pick : {std::array{0, 1, 2}, std::array{0, 2, 3}}) {
    WorldTriangle triangle{{}, instance, 0};
    for (std::size_t k = 0; k < 3; ++k) {
      triangle.position[k] = kCorners[static_cast<std::size_t>(pick[k])] + Vec3{0, 0, z};
    }
    triangles.push_back(triangle);
  }
  return triangles;
}

Camera camera(int width_px, int height_px) {
  Camera camera = Camera::looking({0, 0, 0}, 0, 0, 0);
  camera.width_px = width_px;
  camera.height_px = height_px;
  camera.focal_px = static_cast<float>(width_px);
  return camera;
}

TEST(Rasterizer, GivesEveryPixelOfAWallItsInverseDepth) {
  const Visibility seen = rasterize(wall(4, 0), camera(40, 30));
  EXPECT_THAT(seen.inverse_depth, Each(::testing::FloatNear(0.25F, 1e-6F)));
}

TEST(Rasterizer, ShowsTheNearerOfTwoWallsInAnyOrder) {
  for (const bool near_first : {true, false}) {
    std::vector<WorldTriangle> both = wall(near_first ? 2 : 8, 0);
    for (const WorldTriangle& triangle : wall(near_first ? 8 : 2, 1)) both.push_back(triangle);
    EXPECT_THAT(rasterize(both, camera(16, 16)).inverse_depth,
                Each(::testing::FloatNear(0.5F, 1e-6F)));
  }
}

// A floor 1 m below the eye, from behind the camera to 500 m ahead: the row v pixels below the
// centre sees it at depth focal / v, and no row above the centre sees it at all. Its far edge is
// 0.002 in inverse depth.
TEST(Rasterizer, ClipsAFloorThatPassesUnderTheCamera) {
  const Vec3 far_left{-500, -1, 500}, far_right{500, -1, 500}, behind{0, -1, -500};
  const Visibility seen = rasterize({{{far_left, far_right, behind}, 0, 0}}, camera(40, 40));
  for (int row = 0; row < 40; ++row) {
    const float expected = row < 20 ? 0 : (static_cast<float>(row) + 0.5F - 20) / 40;
    EXPECT_NEAR(seen.inverse_depth[static_cast<std::size_t>(row * 40 + 20)], expected, 2e-3F)
        << row;
  }
}

TEST(Camera, LooksAlongItsYawAndPitch) {
  const Camera turned = Camera::looking({1, 2, 3}, std::numbers::pi_v<float> / 2, 0, 0);
  const Vec3 right_of_world = turned.to_camera({5, 2, 3});
  EXPECT_NEAR(right_of_world.z, 4, 1e-5F);
  EXPECT_NEAR(right_of_world.x, 0, 1e-5F);
  const Camera up = Camera::looking({0, 0, 0}, 0, 0.5F, 0);
  EXPECT_NEAR(up.to_camera({0, std::sin(0.5F), std::cos(0.5F)}).z, 1, 1e-5F);
}

TEST(Scene, IsTheSameForItsSeedAndAnotherForThatBesideIt) {
  const Assets assets = plain_assets();
  const auto picture = [&](std::uint64_t seed) {
    return draw(assets, compose(assets, seed, false, {32, 24}), 1);
  };
  const Picture first = picture(3), again = picture(3), other = picture(4);
  EXPECT_EQ(first.rgb, again.rgb);
  EXPECT_EQ(first.inverse_depth, again.inverse_depth);
  EXPECT_NE(first.inverse_depth, other.inverse_depth);
}

// A painter draws the shadows of what stands still once; another view must not see a difference.
TEST(Painter, DrawsEachViewAsIfItWereTheFirst) {
  const Assets assets = plain_assets();
  bool moving = false;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const Scene scene = compose(assets, seed, false, {32, 24});
    moving = moving || std::ranges::any_of(scene.instances, &Instance::moves);
    Painter painter(assets, scene);
    painter.draw(0);
    EXPECT_EQ(painter.draw(2).rgb, draw(assets, scene, 2).rgb) << seed;
  }
  EXPECT_TRUE(moving);
}

TEST(Scene, OfEveryKindIsComposedAndHasFiniteDepth) {
  const Assets assets = plain_assets();
  std::set<int> kinds;
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    const Scene scene = compose(assets, seed, false, {16, 12});
    const bool is_new = kinds.insert(scene.kind).second;
    ASSERT_EQ(scene.views.size(), 3U);
    if (!is_new && seed >= 20) continue;
    const Picture picture = draw(assets, scene, 0);
    EXPECT_THAT(picture.inverse_depth, Each(Ge(0.0F))) << seed;
    EXPECT_THAT(picture.inverse_depth, Each(Lt(1 / kNearPlane_m + 0.01F))) << seed;
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
}

TEST(Builder, ShowsHeldOutAssetsInHeldOutScenesAlone) {
  const Assets assets = plain_assets();
  for (const bool held_out : {false, true}) {
    Scene scene;
    Random random(5);
    Builder builder(assets, scene, random, held_out);
    for (int i = 0; i < 50; ++i) {
      const auto mesh = builder.pick(MeshKind::kPerson) - assets.meshes.data();
      EXPECT_EQ(mesh % 10 == 0, held_out) << mesh;
      EXPECT_EQ(builder.texture(TextureKind::kFacade) % 10 == 0, held_out);
    }
  }
}

TEST(Random, DrawsTheSameEverywhere) {
  Random random(42);
  EXPECT_EQ(random.bits(), 913118210745005157ULL);
  EXPECT_NE(Random(43).bits(), 913118210745005157ULL);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_THAT(random.uniform(-2, 3), ::testing::AllOf(Ge(-2.0F), Lt(3.0F)));
  }
}

}  // namespace
