#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "plain_assets.hpp"
#include "scene.hpp"
#include "world.hpp"

namespace {

using ::rollingdepth::testing::plain_assets;
using What = WorldHit::What;

// A quad of two triangles whose normal is `normal`.
void add_quad(World& world, std::array<Vec3, 4> corners, Vec3 normal, std::int32_t texture) {
  const auto first = static_cast<std::uint32_t>(world.positions.size());
  for (const Vec3& corner : corners) {
    world.positions.push_back(corner);
    world.normals.push_back(normal);
    world.uv.insert(world.uv.end(), {corner.x + corner.y, corner.z});
  }
  world.triangles.push_back({first, first + 1, first + 2});
  world.triangles.push_back({first, first + 2, first + 3});
  world.textures.insert(world.textures.end(), {texture, texture});
}

// A court of 12 x 16 m with walls of 4 m under a sky, beyond which is another wall.
World court() {
  World world;
  add_quad(world, {{{-6, 0, -8}, {6, 0, -8}, {6, 0, 8}, {-6, 0, 8}}}, {0, 1, 0}, 1);
  add_quad(world, {{{-6, 4, -8}, {6, 4, -8}, {6, 4, 8}, {-6, 4, 8}}}, {0, -1, 0}, World::kSky);
  add_quad(world, {{{-6, 0, 8}, {6, 0, 8}, {6, 4, 8}, {-6, 4, 8}}}, {0, 0, -1}, 2);
  add_quad(world, {{{-6, 0, -8}, {6, 0, -8}, {6, 4, -8}, {-6, 4, -8}}}, {0, 0, 1}, 2);
  add_quad(world, {{{6, 0, -8}, {6, 0, 8}, {6, 4, 8}, {6, 4, -8}}}, {-1, 0, 0}, 3);
  add_quad(world, {{{-6, 0, -8}, {-6, 0, 8}, {-6, 4, 8}, {-6, 4, -8}}}, {1, 0, 0}, -1);
  add_quad(world, {{{-90, 9, -90}, {90, 9, -90}, {90, 9, 90}, {-90, 9, 90}}}, {0, -1, 0}, 1);
  world.spots = {{0, 0.7F, 0}, {2, 0.7F, 3}, {-3, 0.7F, -5}};
  return world;
}

Assets assets_with_a_court(bool held_out) {
  Assets assets = plain_assets();
  assets.worlds.push_back(court());
  assets.worlds.back().held_out = held_out;
  return assets;
}

TEST(World, MeetsFrontsBacksAndTheSky) {
  const World world = court();
  EXPECT_EQ(world.meet({0, 1, 0}, {0, 0, 1}, 20).what, What::kFront);
  EXPECT_FLOAT_EQ(world.meet({0, 1, 0}, {0, 0, 1}, 20).distance_m, 8);
  EXPECT_EQ(world.meet({0, 1, 0}, {0, 0, 1}, 7).what, What::kNothing);
  EXPECT_EQ(world.meet({0, 1, 0}, {0, 1, 0}, 20).what, What::kSky);
  EXPECT_EQ(world.meet({0, 1, 12}, {0, 0, -1}, 20).what, What::kBack);
}

// The far side of the court is 14 m from one corner, its floor is below the eye.
TEST(World, GivesWhatIsNear) {
  const World world = court();
  EXPECT_EQ(world.near({5, 1, 7}, 3, false).triangles.size(), 6U);  // Floor and two walls.
  EXPECT_EQ(world.near({5, 1, 7}, 3.5F, true).triangles.size(), 2U);
  EXPECT_EQ(world.near({0, 1, 0}, 100, false).triangles.size(), 12U);
}

TEST(World, IsReadAsItIsWritten) {
  const auto path = std::filesystem::temp_directory_path() / "rollingdepth_worlds_test.bin";
  {
    std::ofstream out(path, std::ios::binary);
    const auto put = [&](const auto& values) {
      out.write(reinterpret_cast<const char*>(values.data()),
                static_cast<std::streamsize>(values.size() * sizeof(values[0])));
    };
    const World world = court();
    put(std::array<std::int32_t, 5>{1, static_cast<std::int32_t>(world.positions.size()),
                                    static_cast<std::int32_t>(world.triangles.size()), 3, 0x100});
    put(world.positions);
    put(world.normals);
    put(world.uv);
    put(world.triangles);
    put(world.textures);
    put(world.spots);
  }
  const std::vector<World> worlds = read_worlds(path.string(), 50);
  std::filesystem::remove(path);
  ASSERT_EQ(worlds.size(), 1U);
  EXPECT_TRUE(worlds[0].held_out);
  EXPECT_EQ(worlds[0].triangles, court().triangles);
  EXPECT_EQ(worlds[0].textures[0], 51);
  EXPECT_EQ(worlds[0].textures[2], World::kSky);
  EXPECT_EQ(worlds[0].textures[10], -1);
  EXPECT_FLOAT_EQ(worlds[0].spots[2].z, -5);
}

// One scene in five is in a world, and every one of them shows no more than the court: 20 m are its
// diagonal; what lies beyond the sky would be farther or above.
TEST(World, FillsAFifthOfTheScenesAndItsSkyHidesWhatIsBehind) {
  const Assets assets = assets_with_a_court(false);
  int in_worlds = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Scene scene = compose(assets, seed, false, {32, 24});
    if (scene.kind != 20) continue;
    ++in_worlds;
    for (const float value : draw(assets, scene, 1).inverse_depth) {
      EXPECT_TRUE(value == 0 || value > 1 / 21.0F) << seed << ": " << 1 / value << " m";
    }
  }
  EXPECT_GT(in_worlds, 8);
  EXPECT_LT(in_worlds, 35);
}

// A floor of 12 x 16 m alone: whoever looks down past its border sees land, not sky.
TEST(World, UnderTheSkyHasLandAllAround) {
  Assets assets = plain_assets();
  World& floor = assets.worlds.emplace_back();
  floor.under_sky = true;
  add_quad(floor, {{{-6, 0, -8}, {6, 0, -8}, {6, 0, 8}, {-6, 0, 8}}}, {0, 1, 0}, 1);
  floor.spots = {{0, 0.7F, 0}};
  int in_worlds = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Scene scene = compose(assets, seed, false, {32, 24});
    if (scene.kind != 20) continue;
    ++in_worlds;
    const Camera& camera = scene.views[1];
    const Picture picture = draw(assets, scene, 1);
    for (int i = 0; i < 32 * 24; ++i) {
      const Vec3 ahead{(static_cast<float>(i % 32) - 15.5F) / camera.focal_px,
                       (11.5F - static_cast<float>(i / 32)) / camera.focal_px, 1};
      const Vec3 direction = transposed(camera.camera_from_world) * ahead;
      if (direction.y < -0.08F * length(direction)) {
        EXPECT_GT(picture.inverse_depth[static_cast<std::size_t>(i)], 0) << seed << ", " << i;
      }
    }
  }
  EXPECT_GT(in_worlds, 4);
}

TEST(World, OfTheOtherSplitIsNeverShown) {
  const Assets assets = assets_with_a_court(true);
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    EXPECT_NE(compose(assets, seed, false, {16, 12}).kind, 20) << seed;
  }
}

}  // namespace
