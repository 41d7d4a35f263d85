// The kinds of scenes.
#include "compose_parts.hpp"
#include "motion.hpp"
#include "world.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

}  // namespace

void look_at(Scene& scene, Random& random, Vec3 target, float distance, float pitch_down, float yaw,
             const Room* room) {
  const Vec3 back{std::sin(yaw) * std::cos(pitch_down), -std::sin(pitch_down),
                  std::cos(yaw) * std::cos(pitch_down)};
  Vec3 eye = target - back * distance;
  eye.y = std::max(eye.y, 0.12F);
  if (room != nullptr) {
    const float x = room->width / 2 - 0.1F, z = room->depth / 2 - 0.1F;
    eye = {std::clamp(eye.x, -x, x), std::min(eye.y, room->height - 0.1F),
           std::clamp(eye.z, -z, z)};
  }
  const Vec3 forward = normalized(target - eye);
  const float turn = std::atan2(forward.x, forward.z) + random.normal(0.08F);
  const float rise = std::asin(std::clamp(forward.y, -1.0F, 1.0F)) + random.normal(0.06F);
  const float roll = random.normal(random.chance(0.3F) ? 0.15F : 0.03F);
  scene.views = {Camera::looking(eye, turn, rise, roll)};
}

namespace {

void compose_room(Builder& builder, Random& random, Scene& scene) {
  const Room room = add_room(builder, random, 2.4F, 9);
  const float margin = 0.25F;
  const Vec3 eye{random.uniform(-0.5F, 0.5F) * (room.width - 2 * margin),
                 random.uniform(0.45F, std::min(1.9F, room.height - 0.3F)),
                 random.uniform(-0.5F, 0.5F) * (room.depth - 2 * margin)};
  builder.block(eye, random.uniform(0.4F, 1.0F));
  furnish(builder, random, room, scene);
  if (random.chance(0.4F)) float_things(builder, random, room, eye);
  scene.target = {-eye.x * 0.5F, 0.8F, -eye.z * 0.5F};
  const float yaw =
      std::atan2(scene.target.x - eye.x, scene.target.z - eye.z) + random.normal(0.5F);
  scene.views = {Camera::looking(eye, yaw, random.normal(0.18F) - 0.12F,
                                 random.normal(random.chance(0.3F) ? 0.15F : 0.03F))};
  light_indoors(scene, random, room.height, std::min(room.width, room.depth));
}

void compose_table(Builder& builder, Random& random, Scene& scene) {
  const Room room = add_room(builder, random, 2.5F, 7);
  const float subject = random.log_uniform(0.3F, 1.7F);
  const float half_width = random.log_uniform(0.35F, 1.1F),
              half_depth = random.log_uniform(0.3F, 0.8F);
  const float height = random.uniform(0.4F, 0.95F);
  const Vec3 spot{random.uniform(-0.25F, 0.25F) * room.width, height,
                  random.uniform(-0.25F, 0.25F) * room.depth};
  const Mesh* top =
      random.chance(0.7F)
          ? builder.own(box({2 * half_width, 0.04F, 2 * half_depth}))
          : builder.own(superellipsoid({2.2F * half_width, 0.05F, 2.2F * half_depth}, 0.5F));
  const Material wood = random.chance(0.4F)
                            ? builder.plain()
                            : builder.material(TextureKind::kAny, random.log_uniform(0.2F, 2));
  builder.add(top, spot - Vec3{0, 0.045F, 0}, 0, {1, 1, 1}, wood);
  for (const float x : {-0.85F, 0.85F}) {
    for (const float z : {-0.85F, 0.85F}) {
      builder.add(builder.own(box({0.06F, height - 0.04F, 0.06F})),
                  {spot.x + x * half_width, 0, spot.z + z * half_depth}, 0, {1, 1, 1}, wood);
    }
  }
  if (random.chance(0.3F)) {  // A cloth or paper lies on the table.
    builder.add(
        builder.own(sheet({half_width * random.uniform(0.4F, 1.4F), 0.01F, half_depth}, 20, 0.8F,
                          random.bits())),
        spot + Vec3{random.normal(0.1F), 0.004F, random.normal(0.1F)}, random.uniform(0, kPi),
        {1, 1, 1},
        builder.material(random.chance(0.5F) ? TextureKind::kPhoto : TextureKind::kAny, 0.5F));
  }
  const float size = subject * random.log_uniform(0.12F, 0.45F);
  builder.cover(spot, half_width * 0.95F, half_depth * 0.95F, random.integer(2, 18), size);
  builder.block(spot, std::max(half_width, half_depth));
  furnish(builder, random, room, scene);
  scene.target = spot + Vec3{random.normal(0.15F) * half_width, size * 0.3F,
                             random.normal(0.15F) * half_depth};
  scene.target_radius = std::max(half_width, half_depth) * 1.6F;
  look_at(scene, random, scene.target, subject, random.uniform(0.05F, 1.0F),
          random.uniform(0, 2 * kPi), &room);
  light_indoors(scene, random, room.height, std::min(room.width, room.depth));
}

// A wall from the front, with shelves and furniture before it: little depth, much detail.
void compose_wall(Builder& builder, Random& random, Scene& scene) {
  if (random.chance(0.4F)) {
    compose_shelf_wall(builder, random, scene);
    return;
  }
  const Room room = add_room(builder, random, 3, 8);
  const float distance = random.log_uniform(1, 4);
  const float wall = room.depth / 2;
  float x = random.uniform(-0.7F, 0) * distance;
  const int pieces = random.integer(1, 4);
  for (int i = 0; i < pieces; ++i) {
    const Vec3 size{random.uniform(0.4F, 1.8F), random.log_uniform(0.5F, 2.1F),
                    random.uniform(0.15F, 0.5F)};
    const Mesh* library =
        random.chance(0.4F) ? builder.pick(MeshKind::kFurniture, 0.4F, 2.2F) : nullptr;
    const Mesh* mesh = library != nullptr ? library : builder.own(bookcase(random, size));
    const float height = random.chance(0.25F) ? random.uniform(0, 1.2F) : 0;  // Hung on the wall.
    const Vec3 at{x + mesh->size_m.x / 2, height, wall - mesh->size_m.z / 2};
    builder.add(mesh, at, 0, {1, 1, 1},
                random.chance(0.7F) ? Material{} : builder.for_object(*mesh));
    if (random.chance(0.7F)) {
      builder.cover(at + Vec3{0, mesh->top_m, 0}, mesh->size_m.x * 0.45F, mesh->size_m.z * 0.4F,
                    random.integer(1, 5), 0.3F);
    }
    x += mesh->size_m.x + (random.chance(0.5F) ? random.uniform(0, 0.8F) : 0.01F);
  }
  if (random.chance(0.3F)) {
    const Mesh* person = builder.pick(MeshKind::kPerson);
    if (person != nullptr) builder.stand(person, 0, {0, 0, wall - distance * 0.4F}, 0.5F);
  }
  scene.target = {random.normal(0.2F) * distance, random.uniform(0.3F, 1.9F), wall};
  scene.target_radius = std::max(distance, 1.5F);
  look_at(scene, random, scene.target, distance, random.normal(0.2F), random.normal(0.35F), &room);
  light_indoors(scene, random, room.height, std::min(room.width, room.depth));
}

void compose_close_up(Builder& builder, Random& random, Scene& scene) {
  const bool indoors = random.chance(0.6F);
  const float distance = random.log_uniform(0.3F, 2.5F);
  const int subjects = random.integer(1, 3);
  builder.block({0, 0, -distance}, distance * 0.35F);
  float height = 0;
  for (int i = 0; i < subjects; ++i) {
    const float kind = random.uniform();
    const Mesh* mesh = kind < 0.3F ? builder.pick(MeshKind::kPerson)
                       : kind < 0.5F
                           ? builder.own(creature(random, distance * random.uniform(0.4F, 0.9F)))
                       : kind < 0.7F ? builder.pick(MeshKind::kFurniture, 0.3F, 2.5F)
                       : kind < 0.8F ? builder.pick(MeshKind::kPlant)
                                     : builder.made_thing(distance * random.uniform(0.4F, 1));
    if (mesh == nullptr) continue;
    const float largest = std::max({mesh->size_m.x, mesh->size_m.y, mesh->size_m.z});
    // People keep their size: the camera comes close to the upper body.
    const bool person = mesh->kind == MeshKind::kPerson;
    const float scale =
        person ? 1 : std::clamp(distance * random.uniform(0.4F, 1.2F) / largest, 0.1F, 1.5F);
    if (builder.stand(mesh, 0, {0, 0, 0}, distance * 0.45F, scale) != nullptr) {
      height =
          std::max(height, mesh->size_m.y * scale *
                               (person ? random.uniform(0.6F, 0.9F) : random.uniform(0.3F, 0.6F)));
    }
  }
  Room room{};
  if (indoors) {
    room = add_room(builder, random, 3, 8);
    furnish(builder, random, room, scene);
    light_indoors(scene, random, room.height, std::min(room.width, room.depth));
  } else {
    compose_outdoors(builder, random, scene);
  }
  scene.target = {0, height, 0};
  scene.target_radius = std::max(distance * 1.5F, 2.0F);
  look_at(scene, random, scene.target, distance, random.normal(0.15F) + 0.08F, 0,
          indoors ? &room : nullptr);
}

void compose_clutter(Builder& builder, Random& random, Scene& scene) {
  const float size = random.log_uniform(0.4F, 4);
  const int planes = random.integer(1, 3);
  for (int i = 0; i < planes; ++i) {
    Instance& plane =
        builder.add(builder.own(box({size * 8, size * 0.05F, size * 8})),
                    {0, -random.uniform(0.3F, 1) * size, size * random.uniform(1, 3)}, 0, {1, 1, 1},
                    builder.material(random.chance(0.5F) ? TextureKind::kPhoto : TextureKind::kAny,
                                     size * random.log_uniform(0.3F, 4)));
    plane.rotation = rotation_x(i == 0 ? random.uniform(-1.9F, 0) : random.uniform(-kPi, kPi)) *
                     rotation_z(random.normal(0.4F));
  }
  const int things = random.integer(4, 24);
  for (int i = 0; i < things; ++i) {
    const Mesh* mesh =
        random.chance(0.5F)
            ? builder.made_thing(size * random.log_uniform(0.15F, 0.8F))
            : builder.pick(random.chance(0.5F) ? MeshKind::kSmall : MeshKind::kFurniture);
    if (mesh == nullptr) continue;
    const float largest = std::max({mesh->size_m.x, mesh->size_m.y, mesh->size_m.z, 0.05F});
    const float scale = size * random.log_uniform(0.15F, 0.7F) / largest;
    const float z = size * random.log_uniform(0.5F, 4);
    Instance& instance = builder.add(mesh, {random.normal(0.5F) * z, random.normal(0.35F) * z, z},
                                     0, {scale, scale, scale}, builder.for_object(*mesh));
    instance.rotation = rotation_y(random.uniform(0, 6.28F)) * rotation_x(random.normal(0.8F)) *
                        rotation_z(random.normal(0.8F));
  }
  scene.target = {0, 0, size * 1.5F};
  scene.target_radius = size * 3;
  scene.views = {
      Camera::looking({0, 0, 0}, random.normal(0.1F), random.normal(0.1F), random.normal(0.1F))};
  light_indoors(scene, random, size * 2, size * 4);
  scene.fog_color = builder.color();
}

struct Kind {
  float share;
  void (*compose)(Builder&, Random&, Scene&);
  Floor floor;
};

// In the order of Scene::kind.
constexpr std::array<Kind, 12> kKinds{{{10, compose_room, Floor::kConfined},
                                       {13, compose_table, Floor::kNone},
                                       {10, compose_outdoors, Floor::kOpen},
                                       {8, compose_close_up, Floor::kConfined},
                                       {4, compose_clutter, Floor::kNone},
                                       {6, compose_wall, Floor::kConfined},
                                       {16, compose_interior, Floor::kConfined},
                                       {9, compose_structures, Floor::kOpen},
                                       {7, compose_model_town, Floor::kNone},
                                       {7, compose_nature, Floor::kOpen},
                                       {5, compose_night, Floor::kOpen},
                                       {5, compose_crowd, Floor::kOpen}}};

float total_share() {
  float sum = 0;
  for (const Kind& kind : kKinds) sum += kind.share;
  return sum;
}

// A fifth of all scenes where there are maps, none otherwise.
constexpr int kWorldKind = 20;
constexpr float kWorldShare = 0.2F;

bool has_worlds(const Assets& assets, bool held_out) {
  return std::any_of(assets.worlds.begin(), assets.worlds.end(),
                     [&](const World& world) { return world.held_out == held_out; });
}

}  // namespace

Scene compose(const Assets& assets, std::uint64_t seed, bool held_out, const Take& take) {
  Scene scene;
  Random random(seed);
  Builder builder(assets, scene, random, held_out);
  const bool in_world = has_worlds(assets, held_out) && random.chance(kWorldShare);
  if (in_world) {
    scene.kind = kWorldKind;
    compose_world(builder, random, scene);
  }
  float draw = random.uniform() * total_share();
  for (int i = 0; !in_world && i < static_cast<int>(kKinds.size()); ++i) {
    const Kind& kind = kKinds[static_cast<std::size_t>(i)];
    draw -= kind.share;
    if (draw >= 0 && i + 1 < static_cast<int>(kKinds.size())) continue;
    scene.kind = i;
    scene.floor = kind.floor;
    kind.compose(builder, random, scene);
    break;
  }
  move(builder, random, scene, take);
  return scene;
}
