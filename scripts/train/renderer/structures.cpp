// Structures before an open sky: what lies between their beams is sky and has inverse depth 0.
#include "compose_parts.hpp"
#include "frames.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// Towers of many storeys around the street that the camera looks up from.
void add_skyscrapers(Builder& builder, Random& random) {
  const int count = random.integer(3, 9);
  for (int i = 0; i < count; ++i) {
    const float side = i % 2 == 0 ? -1.0F : 1.0F;
    const Vec3 size{random.uniform(14, 40), random.log_uniform(30, 220), random.uniform(14, 40)};
    const Vec3 at{side * (size.x / 2 + random.uniform(7, 20)), 0,
                  static_cast<float>(i / 2) * 42.0F + random.uniform(8, 30)};
    builder.add(builder.own(box(size)), at, 0, {1, 1, 1},
                builder.material(TextureKind::kFacade, random.uniform(6, 16)));
    if (random.chance(0.5F)) {
      builder.add(builder.own(mast(random, random.uniform(6, 30))), at + Vec3{0, size.y, 0}, 0,
                  {1, 1, 1}, {});
    }
  }
}

void add_wires(Builder& builder, Random& random) {
  Mesh mesh;
  const float height = random.uniform(5, 9), x = random.uniform(-6, 6);
  const Vec3 wood = Vec3{0.5F, 0.4F, 0.3F} * random.uniform(0.4F, 1.3F);
  const int wires = random.integer(2, 6);
  for (int pole = 0; pole < 4; ++pole) {
    const float z = static_cast<float>(pole) * 22.0F + 4;
    append_bar(mesh, {x, 0, z}, {x, height + 0.4F, z}, 0.22F, wood);
    append_bar(mesh, {x - 1.2F, height, z}, {x + 1.2F, height, z}, 0.12F, wood);
    for (int w = 0; w < wires; ++w) {
      const float offset = 2.2F * (static_cast<float>(w) / static_cast<float>(wires - 1) - 0.5F);
      const Vec3 from{x + offset, height + 0.1F, z - (pole == 0 ? 22.0F : 0.0F)};
      append_wire(mesh, from, {x + offset, height + 0.1F, from.z + 22}, 0.5F, 0.015F,
                  {0.08F, 0.08F, 0.08F});
      if (pole == 3)
        append_wire(mesh, from + Vec3{0, 0, 22}, from + Vec3{0, 0, 66}, 1, 0.015F,
                    {0.08F, 0.08F, 0.08F});
    }
  }
  mesh.size_m = {2.4F, height, 66};
  builder.add(builder.own(std::move(mesh)), {}, 0, {1, 1, 1}, {});
}

// Adds one structure at `distance` ahead; returns the height that is looked at.
float add_structure(Builder& builder, Random& random, float distance) {
  const Vec3 ahead{random.normal(0.1F) * distance, 0, distance};
  const float yaw = random.uniform(0, 2 * kPi);
  switch (random.integer(0, 8)) {
    case 0: {
      const float height = random.uniform(15, 45);
      builder.add(builder.own(pylon(random, height)), ahead, random.normal(0.5F), {1, 1, 1}, {});
      return height * random.uniform(0.3F, 0.8F);
    }
    case 1: {
      const float height = random.uniform(14, 40);
      builder.add(builder.own(crane(random, height)), ahead, yaw, {1, 1, 1}, {});
      return height * random.uniform(0.4F, 0.9F);
    }
    case 2: {
      const Vec3 size{random.uniform(6, 20), random.uniform(4, 16), random.uniform(0.9F, 1.6F)};
      const float turn = random.normal(0.5F);
      builder.add(builder.own(scaffold(random, size)), ahead, turn, {1, 1, 1}, {});
      if (random.chance(0.5F)) {
        const Vec3 behind = ahead + rotation_y(turn) * Vec3{0, 0, 4};
        builder.add(builder.own(box({size.x, size.y * 0.8F, 5})), behind, turn, {1, 1, 1},
                    builder.material(TextureKind::kFacade, 4));
      }
      return size.y * random.uniform(0.4F, 0.8F);
    }
    case 3: {
      const Vec3 size{random.uniform(5, 10), random.uniform(4, 8), random.uniform(30, 90)};
      builder.add(builder.own(bridge(random, size)),
                  {random.normal(0.2F) * size.x, 0.42F, size.z * 0.4F}, random.normal(0.08F),
                  {1, 1, 1}, {});
      return size.y * random.uniform(0.3F, 0.9F);
    }
    case 4: {
      const Vec3 size{random.uniform(10, 24), random.uniform(4, 9), random.uniform(20, 50)};
      builder.add(builder.own(hall_frame(random, size)),
                  {0, 0, size.z * random.uniform(0.1F, 0.6F)}, random.normal(0.2F), {1, 1, 1}, {});
      return size.y * random.uniform(0.6F, 1.6F);
    }
    case 5:
      add_skyscrapers(builder, random);
      return distance * random.uniform(0.4F, 1.6F);
    case 6:
      add_wires(builder, random);
      return random.uniform(3, 9);
    case 7: {
      const float height = random.uniform(5, 25);
      builder.add(builder.own(mast(random, height)), ahead, yaw, {1, 1, 1}, {});
      return height * random.uniform(0.4F, 0.9F);
    }
    default: {
      const int trees = random.integer(1, 5);
      for (int i = 0; i < trees; ++i) {
        const Vec3 at{random.normal(0.5F) * distance, 0, distance * random.uniform(0.4F, 1.6F)};
        builder.add(builder.own(bare_tree(random, random.uniform(5, 14))), at, yaw, {1, 1, 1}, {});
      }
      return random.uniform(2, 9);
    }
  }
}

}  // namespace

void compose_structures(Builder& builder, Random& random, Scene& scene) {
  add_ground(builder, random, 0);
  if (random.chance(0.4F)) add_buildings(builder, random, 0);
  const float distance = random.log_uniform(5, 40);
  float height = add_structure(builder, random, distance);
  if (random.chance(0.4F))
    height = std::max(height, add_structure(builder, random, distance * 1.7F));
  for (int i = random.integer(0, 5); i > 0 && !builder.is_full(); --i) {
    const Mesh* mesh = random.chance(0.5F) ? builder.pick(MeshKind::kPerson)
                                           : builder.own(tree(random, random.uniform(2, 8)));
    if (mesh != nullptr) builder.stand(mesh, 0, {0, 0, distance}, distance * 0.7F);
  }
  const float eye = random.chance(0.8F) ? random.uniform(0.6F, 2) : random.uniform(3, 12);
  scene.target = {0, height, distance};
  scene.target_radius = random.log_uniform(10, 35);
  scene.views = {Camera::looking(
      {random.normal(0.5F), eye, 0}, random.normal(0.2F),
      std::clamp(std::atan2(height - eye, distance), -0.3F, 1.1F) + random.normal(0.1F),
      random.normal(random.chance(0.3F) ? 0.15F : 0.02F))};
  light_outdoors(scene, random, scene.target_radius);
}
