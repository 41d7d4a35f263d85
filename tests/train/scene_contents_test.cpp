// What the scenes of the default model's training show: sky between beams, flat screens, ground up
// to the horizon, and the same bytes for the same seed.
#include <gmock/gmock.h>

#include "fittings.hpp"
#include "frames.hpp"
#include "plain_assets.hpp"
#include "scene.hpp"

namespace {

using rollingdepth::testing::plain_assets;
using ::testing::Each;
using ::testing::FloatNear;

Camera camera(Vec3 eye, float yaw, float pitch, float roll, int width_px = 64, int height_px = 48) {
  Camera camera = Camera::looking(eye, yaw, pitch, roll);
  camera.width_px = width_px;
  camera.height_px = height_px;
  camera.focal_px = static_cast<float>(width_px);
  return camera;
}

/// A scene of one mesh in daylight, seen by `camera`.
Scene scene_of(Mesh mesh, Vec3 position, const Camera& camera) {
  Scene scene;
  scene.own.push_back(std::make_unique<Mesh>(std::move(mesh)));
  scene.instances.push_back({scene.own.back().get(), {}, position, {1, 1, 1}, {}, false, {}, 0});
  scene.key.position = {5, 50, -20};
  scene.key.color = {1, 1, 1};
  scene.target = position;
  scene.target_radius = 20;
  scene.sky.visible = true;
  scene.views = {camera, camera, camera};
  scene.seconds = {-0.04F, 0, 0.04F};
  return scene;
}

struct Counts {
  int sky = 0, solid = 0;
};

Counts counts(const Picture& picture) {
  Counts counts;
  for (const float value : picture.inverse_depth) ++(value == 0 ? counts.sky : counts.solid);
  return counts;
}

TEST(Structures, ShowSkyOfInverseDepthZeroBetweenTheirBeams) {
  const Assets assets = plain_assets();
  Random random(4);
  const Vec3 at{0, 0, 30};
  for (Mesh& mesh : std::array{pylon(random, 30), crane(random, 30), scaffold(random, {12, 12, 1}),
                               bare_tree(random, 20)}) {
    const Picture picture =
        draw(assets, scene_of(mesh, at, camera({0, 2, 0}, 0, 0.25F, 0, 96, 72)), 1);
    const Counts seen = counts(picture);
    EXPECT_GT(seen.sky, 96 * 72 / 4);
    EXPECT_GT(seen.solid, 100);
    for (const float value : picture.inverse_depth) {
      EXPECT_LT(value, 2 / 30.0F);
    }
  }
}

TEST(Structures, HaveHolesInEveryRowOfAGirder) {
  const Assets assets = plain_assets();
  Mesh girder;
  append_girder(girder, {-20, 0, 0}, {20, 0, 0}, 4, 4, 0.2F, 10, {0.5F, 0.5F, 0.5F});
  const Picture picture = draw(assets, scene_of(girder, {0, 0, 10}, camera({0, 0, 0}, 0, 0, 0)), 1);
  for (int row = 14; row < 34; ++row) {  // The girder is 32 rows high at its front.
    const auto* first = &picture.inverse_depth[static_cast<std::size_t>(row) * 64];
    EXPECT_GT(std::count(first, first + 64, 0.0F), 6) << row;
    EXPECT_LT(std::count(first, first + 64, 0.0F), 64) << row;
  }
}

TEST(Fittings, ShowAPictureOnAScreenAtTheScreensDepth) {
  const Assets assets = plain_assets();
  Scene scene = scene_of(box({1.6F, 1.2F, 0.004F}), {0, -0.6F, 0.502F}, camera({0, 0, 0}, 0, 0, 0));
  scene.instances[0].material.texture = 1;
  scene.instances[0].material.glow = 1;
  const Picture picture = draw(assets, scene, 1);
  EXPECT_THAT(picture.inverse_depth, Each(FloatNear(2, 1e-4F)));
  EXPECT_NE(*std::min_element(picture.rgb.begin(), picture.rgb.end()),
            *std::max_element(picture.rgb.begin(), picture.rgb.end()));
}

TEST(Fittings, LeaveAWindowOpenAndClosedAround) {
  const Assets assets = plain_assets();
  const std::array<Opening, 1> openings{{{-1, 1, 1, 2}}};
  const Mesh wall = wall_with_openings({20, 20, 0.1F}, openings);
  const Picture picture =
      draw(assets, scene_of(wall, {0, -1.5F, 4.05F}, camera({0, 0, 0}, 0, 0, 0)), 1);
  EXPECT_EQ(picture.inverse_depth[24 * 64 + 32], 0);
  EXPECT_NEAR(picture.inverse_depth[24 * 64 + 2], 0.25F, 1e-4F);
  EXPECT_NEAR(picture.inverse_depth[2 * 64 + 32], 0.25F, 1e-4F);
}

// The ray of a pixel meets the ground below the eye at a depth that its slope alone tells.
TEST(Rasterizer, GivesTheGroundItsInverseDepthUpToTheHorizon) {
  const Mesh ground = box({600, 0.1F, 500});
  for (const float roll : {0.0F, 0.02F, 0.1F}) {
    const Camera view = camera({0, 1.3F, 0}, 0.1F, 0.05F, roll, 640, 480);
    std::vector<WorldTriangle> triangles;
    for (const Triangle& triangle : ground.triangles) {
      WorldTriangle world{{}, 0, 0};
      for (std::size_t k = 0; k < 3; ++k) {
        world.position[k] = triangle.position[k] + Vec3{0, -0.1F, 240};
      }
      triangles.push_back(world);
    }
    const Visibility seen = rasterize(triangles, view);
    const Mat3 world_from_camera = transposed(view.camera_from_world);
    for (int y = 0; y < 480; y += 3) {
      for (int x = 0; x < 640; x += 7) {
        const Vec3 ray = world_from_camera * Vec3{(static_cast<float>(x) + 0.5F - 320) / 640,
                                                  (240 - static_cast<float>(y) - 0.5F) / 640, 1};
        const float expected = std::max(-ray.y / 1.3F, 0.0F);
        EXPECT_NEAR(seen.inverse_depth[static_cast<std::size_t>(y * 640 + x)], expected, 4e-3F);
      }
    }
  }
}

TEST(Scene, OfEachNewKindIsTheSameForItsSeed) {
  const Assets assets = plain_assets();
  for (int kind = 6; kind <= 11; ++kind) {
    std::uint64_t seed = 0;
    while (compose(assets, seed, false, {24, 18}).kind != kind) ++seed;
    const Picture first = draw(assets, compose(assets, seed, false, {24, 18}), 1);
    const Picture again = draw(assets, compose(assets, seed, false, {24, 18}), 1);
    EXPECT_EQ(first.rgb, again.rgb) << kind;
    EXPECT_EQ(first.inverse_depth, again.inverse_depth) << kind;
  }
}

TEST(Scene, HasNoMoreTrianglesThanItsTimeAllows) {
  const Assets assets = plain_assets();
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    std::size_t triangles = 0;
    const Scene scene = compose(assets, seed, false, {16, 12});
    for (const Instance& instance : scene.instances) triangles += instance.mesh->triangles.size();
    EXPECT_LT(triangles, 400'000U) << scene.kind << " " << seed;
  }
}

}  // namespace
