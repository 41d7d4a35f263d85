// Rooms: walls, furniture and lamps.
#include "compose_parts.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

void add_wall_things(Builder& builder, Random& random, const Room& room) {
  const int count = random.integer(0, 8);
  for (int i = 0; i < count; ++i) {
    const int wall = random.integer(0, 3);
    const bool along_x = wall < 2;
    const float span = (along_x ? room.width : room.depth) / 2;
    const float side = wall % 2 == 0 ? 1.0F : -1.0F;
    const float slide = random.uniform(-0.85F, 0.85F) * span;
    const float yaw = along_x ? 0 : kPi / 2;
    const float away = (along_x ? room.depth : room.width) / 2;
    const auto place = [&](float height, float thickness) {
      const float back = side * (away - thickness / 2);
      return along_x ? Vec3{slide, height, back} : Vec3{back, height, slide};
    };
    if (random.chance(0.35F)) {
      if (const Mesh* mesh = builder.pick(MeshKind::kWall)) {
        builder.add(mesh, place(mesh->size_m.y > 1.7F ? 0 : room.height * 0.35F, mesh->size_m.z),
                    yaw);
        continue;
      }
    }
    const bool frame = random.chance(0.6F);
    const Vec3 size{random.log_uniform(0.25F, 1.6F), random.log_uniform(0.25F, 1.3F),
                    frame ? 0.03F : random.uniform(0.15F, 0.5F)};
    const float height = random.uniform(0.15F, 0.6F) * room.height;
    Material material =
        builder.material(frame ? TextureKind::kPhoto : TextureKind::kAny, std::max(size.x, size.y));
    if (frame && random.chance(0.25F))
      material.glow = random.uniform(0.5F, 2);  // A window or a lamp.
    builder.add(builder.own(box(size)), place(height, size.z), yaw, {1, 1, 1}, material);
  }
}

}  // namespace

Room add_room(Builder& builder, Random& random, float size_low, float size_high) {
  const Room room{random.log_uniform(size_low, size_high), random.uniform(2.2F, 3.6F),
                  random.log_uniform(size_low, size_high)};
  const Mesh* slab_x = builder.own(box({room.width, room.height, 0.1F}));
  const Mesh* slab_z = builder.own(box({0.1F, room.height, room.depth}));
  const Mesh* floor = builder.own(box({room.width, 0.1F, room.depth}));
  const auto surface = [&] {
    return random.chance(0.55F) ? builder.plain()
                                : builder.material(TextureKind::kAny, random.log_uniform(0.4F, 3));
  };
  Material walls = surface();
  builder.add(slab_x, {0, 0, room.depth / 2 + 0.05F}, 0, {1, 1, 1}, walls);
  builder.add(slab_x, {0, 0, -room.depth / 2 - 0.05F}, 0, {1, 1, 1}, walls);
  if (random.chance(0.3F)) walls = surface();
  builder.add(slab_z, {room.width / 2 + 0.05F, 0, 0}, 0, {1, 1, 1}, walls);
  builder.add(slab_z, {-room.width / 2 - 0.05F, 0, 0}, 0, {1, 1, 1}, walls);
  builder.add(floor, {0, -0.1F, 0}, 0, {1, 1, 1},
              builder.material(random.chance(0.8F) ? TextureKind::kAny : TextureKind::kGround,
                               random.log_uniform(0.3F, 2.5F)));
  Material ceiling = builder.plain();
  if (random.chance(0.7F)) ceiling.tint = Vec3{1, 1, 1} * random.uniform(1.2F, 2);
  builder.add(floor, {0, room.height, 0}, 0, {1, 1, 1}, ceiling);
  if (random.chance(0.25F)) {  // Beams under the ceiling.
    const int beams = random.integer(2, 6);
    const Material material = builder.material(TextureKind::kAny, 0.8F);
    for (int i = 0; i < beams; ++i) {
      const float z =
          room.depth * ((static_cast<float>(i) + 0.5F) / static_cast<float>(beams) - 0.5F);
      builder.add(builder.own(box({room.width, 0.2F, 0.15F})), {0, room.height - 0.2F, z}, 0,
                  {1, 1, 1}, material);
    }
  }
  if (random.chance(0.35F)) {  // A rug.
    builder.add(builder.own(box({random.uniform(0.8F, 2.5F), 0.015F, random.uniform(0.8F, 2.5F)})),
                {random.normal(0.6F), 0, random.normal(0.6F)}, random.uniform(0, kPi), {1, 1, 1},
                builder.material(TextureKind::kAny, random.log_uniform(0.4F, 2)));
  }
  if (random.chance(0.25F)) {  // A curtain or a hanging sheet.
    Instance& cloth = builder.add(
        builder.own(sheet({room.height * 0.9F, 0.25F, random.uniform(0.8F, 2.5F)}, 24, 0.85F,
                          random.bits())),
        {random.uniform(-0.4F, 0.4F) * room.width, room.height * 0.5F, room.depth * 0.46F}, 0);
    cloth.rotation = rotation_y(kPi / 2) * rotation_z(kPi / 2);
  }
  add_wall_things(builder, random, room);
  return room;
}

void furnish(Builder& builder, Random& random, const Room& room, Scene& scene) {
  const int pieces = random.integer(2, 12);
  for (int i = 0; i < pieces; ++i) {
    const Mesh* mesh = builder.pick(MeshKind::kFurniture, 0.3F, 2.8F);
    if (random.chance(0.12F)) {
      const Vec3 size{random.uniform(0.5F, 1.6F), random.uniform(0.6F, 2.1F),
                      random.uniform(0.2F, 0.45F)};
      mesh = builder.own(bookcase(random, size));
    }
    if (mesh == nullptr || mesh->size_m.y > room.height) continue;
    Instance* placed = builder.stand(mesh, 0, {}, std::max(room.width, room.depth) * 0.6F);
    if (placed == nullptr) continue;
    Vec3& at = placed->position;
    if (random.chance(0.5F)) {  // Pushed to the nearest wall.
      placed->rotation = rotation_y(static_cast<float>(random.integer(0, 3)) * kPi / 2);
      if (std::abs(at.x) / room.width > std::abs(at.z) / room.depth)
        at.x = std::copysign(room.width / 2, at.x);
      else
        at.z = std::copysign(room.depth / 2, at.z);
    }
    const float half = std::max(mesh->size_m.x, mesh->size_m.z) / 2;
    at.x = std::clamp(at.x, -std::max(room.width / 2 - half, 0.0F),
                      std::max(room.width / 2 - half, 0.0F));
    at.z = std::clamp(at.z, -std::max(room.depth / 2 - half, 0.0F),
                      std::max(room.depth / 2 - half, 0.0F));
    const Vec3 top = at + Vec3{0, mesh->top_m, 0};
    if (mesh->top_m > 0.3F && mesh->top_m < 1.3F && random.chance(0.7F)) {
      builder.cover(top, mesh->size_m.x * 0.4F, mesh->size_m.z * 0.4F, random.integer(1, 5), 0.22F);
    }
  }
  const int people = random.chance(0.55F) ? random.integer(1, 3) : 0;
  for (int i = 0; i < people; ++i) {
    const Mesh* mesh = random.chance(0.75F) ? builder.pick(MeshKind::kPerson) : nullptr;
    if (mesh == nullptr) mesh = builder.own(mannequin(random));
    builder.stand(mesh, 0, {}, std::min(room.width, room.depth) * 0.42F);
  }
  const int loose = random.integer(0, 6);
  for (int i = 0; i < loose; ++i) {
    builder.stand(builder.made_thing(random.log_uniform(0.15F, 0.8F)), 0, {},
                  std::min(room.width, room.depth) * 0.45F);
  }
  if (const Mesh* lamp = builder.pick(MeshKind::kLamp)) {
    if (random.chance(0.4F)) builder.stand(lamp, 0, {}, std::min(room.width, room.depth) * 0.42F);
  }
  if (random.chance(0.5F)) {
    if (const Mesh* plant = builder.pick(MeshKind::kPlant, 0, 2.5F))
      builder.stand(plant, 0, {}, room.width * 0.4F);
  }
  scene.target_radius = std::max(room.width, room.depth) * 0.6F;
}

void float_things(Builder& builder, Random& random, const Room& room, Vec3 eye) {
  const int count = random.integer(10, 40);
  for (int i = 0; i < count && !builder.is_full(); ++i) {
    const float wanted = random.log_uniform(0.06F, 0.6F);
    const Mesh* mesh =
        random.chance(0.45F)
            ? builder.made_thing(wanted)
            : builder.pick(random.chance(0.6F) ? MeshKind::kSmall : MeshKind::kFurniture);
    if (mesh == nullptr) continue;
    const float scale = wanted / std::max({mesh->size_m.x, mesh->size_m.y, mesh->size_m.z, 0.05F});
    const Vec3 at{random.uniform(-0.45F, 0.45F) * room.width,
                  random.uniform(0.1F, 0.9F) * room.height,
                  random.uniform(-0.45F, 0.45F) * room.depth};
    if (length(at - eye) < 0.35F + 1.8F * wanted) continue;
    Instance& thing = builder.add(mesh, at, 0, {scale, scale, scale}, builder.for_object(*mesh));
    thing.rotation = rotation_y(random.uniform(0, 2 * kPi)) * rotation_x(random.normal(1)) *
                     rotation_z(random.normal(1));
    thing.movable = true;
  }
}

void light_indoors(Scene& scene, Random& random, float height, float spread) {
  const bool lamp = random.chance(0.5F);
  const float angle = random.uniform(0, 2 * kPi);
  scene.key.position =
      lamp ? Vec3{random.normal(0.2F) * spread, height - 0.15F, random.normal(0.2F) * spread}
           : Vec3{std::cos(angle) * spread * 0.45F, random.uniform(0.5F, 0.95F) * height,
                  std::sin(angle) * spread * 0.45F};
  const Vec3 warm = mix({1, 0.75F, 0.5F}, {0.75F, 0.88F, 1}, random.uniform());
  scene.key.color = warm * random.log_uniform(0.3F, 1.6F);
  scene.key.reach = random.log_uniform(1.0F, 2.5F) + 0.3F * spread;
  scene.key.softness = random.log_uniform(1.5F, 28);
  scene.ambient_up = mix({1, 1, 1}, warm, 0.4F) * random.log_uniform(0.12F, 1.1F);
  scene.ambient_down = scene.ambient_up * random.uniform(0.4F, 1);
  scene.fill_position = {random.normal(spread * 0.4F), height * random.uniform(0.3F, 0.9F),
                         random.normal(spread * 0.4F)};
  scene.fill_color =
      random.chance(0.6F) ? Vec3{1, 0.95F, 0.9F} * random.log_uniform(0.05F, 0.7F) : Vec3{};
}
