// Streets at night: a dark sky, lamps with their pools of light, lit windows, headlights.
#include "compose_parts.hpp"
#include "frames.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

Vec3 lamp_color(Random& random) {
  return mix({1, 0.62F, 0.28F}, {0.85F, 0.93F, 1}, random.uniform());
}

Material glowing(Vec3 color, float strength) {
  Material material;
  material.tint = color * 2;
  material.glow = strength;
  return material;
}

// A house front of `size` at `at` whose windows are lit here and there.
void add_house(Builder& builder, Random& random, Vec3 size, Vec3 at, float side) {
  Material wall = random.chance(0.5F) ? builder.plain() : builder.material(TextureKind::kFacade, 6);
  builder.add(builder.own(box(size)), at, 0, {1, 1, 1}, wall);
  Mesh lit, dark;
  const float storey = random.uniform(2.8F, 3.5F), pitch = random.uniform(1.8F, 3.5F),
              wide = pitch * random.uniform(0.35F, 0.7F);
  const float share = random.uniform(0.08F, 0.6F);
  for (float y = 0.9F; y + 1.6F < std::min(size.y, 45.0F); y += storey) {
    for (float z = -size.z / 2 + pitch / 2; z < size.z / 2 - wide / 2; z += pitch) {
      append(random.chance(share) ? lit : dark, box({0.06F, 1.5F, wide}), {},
             {side * size.x / 2, y, z}, {0.7F, 0.7F, 0.7F});
    }
    for (float x = -size.x / 2 + pitch / 2; x < size.x / 2 - wide / 2; x += pitch) {
      append(random.chance(share) ? lit : dark, box({wide, 1.5F, 0.06F}), {}, {x, y, -size.z / 2},
             {0.7F, 0.7F, 0.7F});
    }
  }
  lit.size_m = dark.size_m = size;
  builder.add(builder.own(std::move(lit)), at, 0, {1, 1, 1},
              glowing(lamp_color(random), random.log_uniform(0.1F, 1.2F)));
  Material glass;
  glass.tint = {0.1F, 0.11F, 0.13F};
  glass.shine = 0.5F;
  builder.add(builder.own(std::move(dark)), at, 0, {1, 1, 1}, glass);
}

// A lamp post; returns where its light is.
Vec3 add_lamp(Builder& builder, Random& random, Vec3 foot, float reach_out, Vec3 color,
              float height) {
  Mesh post;
  const Vec3 head = foot + Vec3{reach_out, height, 0};
  append_bar(post, {}, {0, height, 0}, 0.1F, {0.3F, 0.3F, 0.3F});
  append_bar(post, {0, height, 0}, {reach_out, height + 0.1F, 0}, 0.07F, {0.3F, 0.3F, 0.3F});
  post.size_m = {0.2F, height, 0.2F};
  builder.add(builder.own(std::move(post)), foot, 0, {1, 1, 1}, {});
  builder.add(builder.own(superellipsoid({0.45F, 0.18F, 0.35F}, 0.8F)), head, 0, {1, 1, 1},
              glowing(color, random.uniform(8, 30)));
  return head - Vec3{0, 0.25F, 0};
}

void add_vehicles(Builder& builder, Random& random) {
  const int count = random.integer(0, 6);
  for (int i = 0; i < count && !builder.is_full(); ++i) {
    const Mesh* car = builder.pick(MeshKind::kVehicle, 1, 7);
    if (car == nullptr) return;
    const float side = random.chance(0.5F) ? -1.0F : 1.0F;
    const Vec3 at{side * random.uniform(1.5F, 3.2F), 0, random.log_uniform(6, 45)};
    // Not movable: its lights are instances of their own and would stay behind.
    builder.add(car, at, side > 0 ? 0 : kPi, {1, 1, 1}, Material{});
    const Vec3 light = side > 0 ? Vec3{1, 0.08F, 0.05F} : Vec3{1, 0.95F, 0.85F};
    for (const float x : {-0.3F, 0.3F}) {
      builder.add(builder.own(superellipsoid({0.2F, 0.13F, 0.06F}, 0.7F)),
                  at + Vec3{x * car->size_m.x, 0.6F, -car->size_m.z / 2 - 0.03F}, 0, {1, 1, 1},
                  glowing(light, random.uniform(3, 25)));
    }
  }
}

void light_night(Scene& scene, Random& random, Vec3 lamp, Vec3 color) {
  scene.key.position = lamp;
  scene.key.reach = random.uniform(3, 8);
  scene.key.color = color * random.uniform(0.8F, 2);
  scene.key.softness = random.log_uniform(1, 5);
  scene.fill_position = {random.normal(3), 3, random.uniform(2, 12)};
  scene.fill_color = lamp_color(random) * random.log_uniform(0.02F, 0.4F);
  const float dim = random.log_uniform(0.008F, 0.12F);
  scene.ambient_up = Vec3{0.8F, 0.9F, 1.15F} * dim;
  scene.ambient_down = lamp_color(random) * (dim * 0.7F);
  const bool dusk = random.chance(0.25F);
  scene.sky.visible = true;
  scene.sky.cloud_seed = random.bits();
  scene.sky.cloud_cover = random.uniform(0, dusk ? 0.5F : 0.15F);
  scene.sky.zenith =
      Vec3{0.09F, 0.1F, 0.16F} * (dusk ? random.uniform(1, 3) : random.uniform(0.1F, 1));
  scene.sky.horizon = mix(scene.sky.zenith, {0.3F, 0.22F, 0.16F}, random.uniform(0, 0.8F));
  scene.fog_color = scene.sky.horizon * scene.sky.horizon;
  if (random.chance(0.4F)) scene.fog_per_metre = random.log_uniform(0.002F, 0.02F);
  scene.brightness = random.log_uniform(0.08F, 0.45F);
}

}  // namespace

void compose_night(Builder& builder, Random& random, Scene& scene) {
  builder.block({0, 0, 0}, 1.2F);
  add_ground(builder, random, 0);
  const int houses = random.integer(3, 10);
  const bool tall = random.chance(0.3F);
  for (int i = 0; i < houses; ++i) {
    const float side = i % 2 == 0 ? -1.0F : 1.0F;
    const Vec3 size{random.uniform(8, 16),
                    tall ? random.log_uniform(15, 90) : random.uniform(4, 16),
                    random.uniform(8, 14)};
    add_house(builder, random, size,
              {side * (size.x / 2 + random.uniform(5, 10)), 0,
               static_cast<float>(i / 2) * 15 + random.uniform(2, 12)},
              -side);
  }
  const Vec3 color = lamp_color(random);
  const float height = random.uniform(3.5F, 7), spacing = random.uniform(9, 20);
  Vec3 key{0, height, 6};
  for (int i = 0; i < 5; ++i) {
    const float side = i % 2 == 0 ? -1.0F : 1.0F;
    const Vec3 head =
        add_lamp(builder, random,
                 {side * random.uniform(3.8F, 5), 0, static_cast<float>(i) * spacing * 0.6F + 4},
                 -side, color, height);
    if (i == 0) key = head;
  }
  add_vehicles(builder, random);
  for (int i = random.integer(1, 8); i > 0 && !builder.is_full(); --i) {
    const Mesh* person =
        random.chance(0.7F) ? builder.pick(MeshKind::kPerson) : builder.own(mannequin(random));
    if (person == nullptr) continue;
    const float z = random.log_uniform(1.8F, 16);
    builder.stand(person, 0, {random.normal(0.3F) * z, 0, z}, 0.8F);
  }
  scene.target = {0, 1, 9};
  scene.target_radius = random.uniform(9, 16);
  const float eye = random.chance(0.8F) ? random.uniform(0.8F, 1.9F) : random.uniform(2, 9);
  scene.views = {Camera::looking({random.normal(0.8F), eye, 0}, random.normal(0.15F),
                                 random.normal(0.1F) - 0.02F * eye, random.normal(0.03F))};
  light_night(scene, random, key, color);
}
