// How camera and things move, which pixels say so, and the files that hold it.
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "plain_assets.hpp"
#include "scene.hpp"
#include "scene_files.hpp"
#include "shapes.hpp"

namespace {

using rollingdepth::testing::plain_assets;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Le;

TEST(Motion, OfASnippetTakesOneTo25FramesFromViewToView) {
  const Assets assets = plain_assets();
  int next = 0, far = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Scene scene = compose(assets, seed, false, {16, 12});
    ASSERT_EQ(scene.seconds.size(), 3U);
    EXPECT_FLOAT_EQ(scene.seconds[0], -scene.seconds[2]);
    EXPECT_EQ(scene.seconds[1], 0);
    EXPECT_THAT(scene.seconds[2], AllOf(Ge(0.0399F), Le(1.0001F))) << seed;
    next += scene.seconds[2] < 0.0401F ? 1 : 0;
    far += scene.seconds[2] > 0.999F ? 1 : 0;
  }
  EXPECT_GT(next, 5);  // The two spacings of the preset fast.
  EXPECT_GT(far, 4);
}

TEST(Motion, OfAClipIsOneFrameAViewAndStaysNear) {
  const Assets assets = plain_assets();
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Scene scene = compose(assets, seed, false, {16, 12, 30});
    ASSERT_EQ(scene.views.size(), 30U);
    const Camera& middle = scene.views[15];
    const float reach = 0.3F * std::max(length(scene.target - middle.position), 0.2F);
    for (std::size_t v = 1; v < scene.views.size(); ++v) {
      EXPECT_NEAR(scene.seconds[v] - scene.seconds[v - 1], 1 / kFramesPerSecond, 1e-5F);
      EXPECT_LT(length(scene.views[v].position - middle.position), reach) << seed << " " << v;
      const Vec3 before = scene.views[v - 1].camera_from_world.r2;
      EXPECT_GT(dot(before, scene.views[v].camera_from_world.r2), 0.998F) << seed << " " << v;
    }
  }
}

TEST(Motion, BendsFiguresThatStayOnTheirFeet) {
  const Assets assets = plain_assets();
  int figures = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Scene scene = compose(assets, seed, false, {16, 12, 8});
    for (const Instance& instance : scene.instances) {
      if (instance.poses.empty()) continue;
      ++figures;
      ASSERT_EQ(instance.poses.size(), 8U);
      for (const Mesh* mesh : instance.poses) {
        float lowest = 1e3F;
        for (const Triangle& triangle : mesh->triangles)
          for (const Vec3 corner : triangle.position) lowest = std::min(lowest, corner.y);
        EXPECT_THAT(lowest, AllOf(Ge(-0.08F), Le(0.9F))) << seed;
      }
    }
  }
  EXPECT_GT(figures, 10);
}

// Vehicles roll straight ahead along their longer side, all at one speed.
TEST(Motion, LetsVehiclesRollAlongTheirHeading) {
  const Assets assets = plain_assets();
  int driving = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Scene scene = compose(assets, seed, false, {16, 12});
    float speed = 0;
    for (const Instance& instance : scene.instances) {
      if (instance.mesh->kind != MeshKind::kVehicle || !instance.moves()) continue;
      ++driving;
      const Vec3 local = transposed(instance.rotation) * instance.velocity;
      const bool long_z = instance.mesh->size_m.z >= instance.mesh->size_m.x;
      EXPECT_NEAR(long_z ? local.x : local.z, 0, 1e-3F) << seed;
      EXPECT_LT(long_z ? local.z : local.x, 0) << seed;
      EXPECT_EQ(instance.spin, 0);
      if (speed > 0) {
        EXPECT_NEAR(length(local), speed, 1e-3F) << seed;
      }
      speed = length(local);
    }
  }
  EXPECT_GT(driving, 10);
}

// A hand sways by centimetres, in a wide landscape too: no camera jumps by more between frames
// than a dolly goes.
TEST(Motion, SwaysACameraInTheHandByCentimetres) {
  const Assets assets = plain_assets();
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Scene scene = compose(assets, seed, false, {16, 12, 30});
    for (std::size_t v = 2; v < scene.views.size(); ++v) {
      const Vec3 turn =
          scene.views[v].position - scene.views[v - 1].position * 2 + scene.views[v - 2].position;
      EXPECT_LT(length(turn), 0.02F) << seed << " " << v;
    }
  }
}

// A plate that moves to the right before a wall: its pixels, and no others, bear its number.
TEST(Motion, NumbersThePixelsOfWhatMoves) {
  const Assets assets = plain_assets();
  Scene scene;
  for (const Vec3 size : {Vec3{40, 40, 0.1F}, Vec3{0.4F, 0.4F, 0.05F}, Vec3{0.4F, 0.4F, 0.05F}}) {
    scene.own.push_back(std::make_unique<Mesh>(box(size)));
    scene.instances.push_back({scene.own.back().get(), {}, {0, -20, 5}, {1, 1, 1}, {}, false, {}});
  }
  scene.instances[1].position = {-0.5F, -0.2F, 2};
  scene.instances[1].velocity = {1, 0, 0};
  scene.instances[2].position = {0.6F, -0.2F, 2};
  Camera camera = Camera::looking({0, 0, 0}, 0, 0, 0);
  camera.width_px = camera.height_px = 40;
  camera.focal_px = 40;
  scene.views = {camera, camera};
  scene.seconds = {0, 0.2F};
  scene.target = {0, 0, 2};
  scene.target_radius = 3;
  scene.key.position = {0, 3, -3};
  scene.ambient_up = scene.ambient_down = {1, 1, 1};
  const auto columns = [&](int view) {
    const Picture picture = draw(assets, scene, view);
    std::set<int> shown;
    for (int x = 0; x < 40; ++x) {
      const std::uint8_t number = picture.object[static_cast<std::size_t>(20 * 40 + x)];
      EXPECT_LE(number, 1);
      if (number == 1) shown.insert(x);
    }
    return shown;
  };
  // 2 m away 20 pixels are a metre: the plate's middle is at column 10, then at 14.
  const std::set<int> before = columns(0), after = columns(1);
  EXPECT_EQ(*before.begin(), 6);
  EXPECT_EQ(*before.rbegin(), 13);
  EXPECT_EQ(*after.begin(), 10);
  EXPECT_EQ(*after.rbegin(), 17);
}

class Files : public ::testing::Test {
 protected:
  Files() { std::filesystem::create_directories(folder_); }
  ~Files() override { std::filesystem::remove_all(folder_); }

  template <class T>
  std::vector<T> read(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    std::vector<T> values(std::filesystem::file_size(folder_ / name) / sizeof(T));
    file.read(reinterpret_cast<char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof(T)));
    return values;
  }

  static SceneData data(std::uint8_t value) {
    SceneData data{static_cast<float>(value), 1, 2, 3, std::vector<float>(12, 4), {}, {}, {}};
    data.rgb.assign(6, value);
    data.disparity.assign(2, value);
    data.object.assign(2, value);
    return data;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("scene-files-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
       std::to_string(reinterpret_cast<std::uintptr_t>(this)));
};

TEST_F(Files, KeepTheLastSceneOfEverySlotUnderItsSerial) {
  SceneFiles files(folder_.string(), {2, 1, 1}, true, 2);
  EXPECT_EQ(read<float>("scenes.bin").size(), 2U * 17);  // Room for the ring, all serials 0.
  EXPECT_THAT(read<float>("scenes.bin"), ::testing::Each(0.0F));
  for (const int scene : {1, 2, 3})
    files.put(static_cast<std::size_t>((scene - 1) % 2), static_cast<std::uint64_t>(scene),
              data(static_cast<std::uint8_t>(10 * scene)));
  const std::vector<float> records = read<float>("scenes.bin");
  ASSERT_EQ(records.size(), 2U * 17);
  EXPECT_THAT(std::vector<float>(records.begin(), records.begin() + 6),
              ElementsAre(3, 30, 1, 2, 3, 4));
  EXPECT_THAT(std::vector<float>(records.begin() + 17, records.begin() + 19), ElementsAre(2, 20));
  EXPECT_THAT(read<std::uint8_t>("rgb.bin"),
              ElementsAre(30, 30, 30, 30, 30, 30, 20, 20, 20, 20, 20, 20));
  EXPECT_THAT(read<std::uint16_t>("disparity.bin"), ElementsAre(30, 30, 20, 20));
  EXPECT_THAT(read<std::uint8_t>("objects.bin"), ElementsAre(30, 30, 20, 20));
}

TEST_F(Files, SayThatAFullDiskIsFull) {
  std::filesystem::create_symlink("/dev/full", folder_ / "rgb.bin");
  SceneFiles files(folder_.string(), {2, 1, 1}, false, 0);
  EXPECT_THROW(files.put(0, 1, data(1)), std::runtime_error);
}

}  // namespace
