// Furnished interiors with windows on a bright outside and doorways to a second room.
#include "interior_parts.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kWallThickness_m = 0.16F;

Room size_of(Style style, Random& random) {
  switch (style) {
    case Style::kCorridor:
      return {random.uniform(1.4F, 2.6F), random.uniform(2.3F, 3), random.uniform(8, 22)};
    case Style::kHall:
      return {random.uniform(8, 18), random.uniform(3.5F, 8), random.uniform(10, 26)};
    case Style::kOffice:
      return {random.uniform(3, 9), random.uniform(2.5F, 3), random.uniform(4, 11)};
    default:
      return {random.uniform(2.8F, 6), random.uniform(2.3F, 3), random.uniform(3.2F, 7)};
  }
}

// Openings from left to right: one door, or windows of one size, or nothing.
void choose_openings(Side& side, Random& random, const Room& room, Style style) {
  const float kind = random.uniform();
  const bool doors = style == Style::kCorridor ? side.length > 4 || kind < 0.4F : kind < 0.3F;
  side.windows = !doors && kind < 0.75F;
  if (doors) {
    const float width = random.uniform(0.75F, 1.1F) * (random.chance(0.15F) ? 2.0F : 1.0F);
    if (side.length < width + 0.4F) return;
    const float left = random.uniform(-side.length / 2 + 0.15F, side.length / 2 - width - 0.15F);
    side.openings.push_back({left, left + width, 0, std::min(2.05F, room.height - 0.1F)});
  } else if (side.windows) {
    const float width = random.log_uniform(0.6F, 2.6F), gap = random.uniform(0.2F, 1.2F);
    const float bottom = random.chance(0.2F) ? 0.1F : random.uniform(0.7F, 1.1F);
    const float top = std::min(room.height - 0.15F, bottom + random.uniform(1, 2.2F));
    for (float left = -side.length / 2 + 0.2F + gap / 2; left + width < side.length / 2 - 0.15F;
         left += width + gap) {
      side.openings.push_back({left, left + width, bottom, top});
    }
  }
}

// A second room behind a doorway, with something in it.
void add_next_room(Builder& builder, Random& random, const Side& side, float height) {
  const float middle = (side.openings[0].left + side.openings[0].right) / 2;
  const float width = random.uniform(2, 4), depth = random.uniform(1.5F, 5);
  const auto slab = [&](Vec3 size, float along, float beyond, float y, const Material& material) {
    builder.add(builder.own(box(size)), side.at(middle + along, -kWallThickness_m - beyond, y),
                side.yaw, {1, 1, 1}, material);
  };
  const Material walls = builder.plain();
  slab({width, 0.08F, depth}, 0, depth / 2, -0.1F, builder.material(TextureKind::kAny, 1.5F));
  slab({width, 0.1F, depth}, 0, depth / 2, height, walls);
  slab({width, height, 0.1F}, 0, depth, 0, walls);
  slab({0.1F, height, depth}, -width / 2, depth / 2, 0, walls);
  slab({0.1F, height, depth}, width / 2, depth / 2, 0, walls);
  const Mesh* piece = random.chance(0.6F)
                          ? builder.pick(MeshKind::kFurniture, 0.4F, 2)
                          : builder.own(bookcase(random, {1, random.uniform(0.8F, 2), 0.35F}));
  if (piece == nullptr) return;
  builder.add(piece,
              side.at(middle + random.normal(0.3F),
                      -kWallThickness_m - depth + piece->size_m.z / 2 + 0.06F),
              side.yaw, {1, 1, 1}, random.chance(0.6F) ? Material{} : builder.for_object(*piece));
}

// What covers a window from inside, in part.
void dress_window(Builder& builder, Random& random, const Side& side, const Opening& opening) {
  const float width = opening.right - opening.left, height = opening.top - opening.bottom;
  const float middle = (opening.left + opening.right) / 2;
  if (random.chance(0.5F)) {
    const float drop = random.chance(0.5F) ? opening.top + 0.05F : height + 0.2F;
    for (const float edge : {-1.0F, 1.0F}) {
      const float part = width * random.uniform(0.12F, 0.35F);
      builder.add(
          builder.own(curtain(random, {part, drop, 0.07F})),
          side.at(middle + edge * (width / 2 - part / 2 + 0.1F), 0.12F, opening.top + 0.08F - drop),
          side.yaw, {1, 1, 1},
          random.chance(0.6F) ? Material{} : builder.material(TextureKind::kAny, 0.6F));
    }
  } else if (random.chance(0.35F)) {
    const float part = height * random.uniform(0.2F, 1);
    builder.add(builder.own(blind(random, {width * 0.97F, part, 0.03F})),
                side.at(middle, 0.03F, opening.top - part), side.yaw, {1, 1, 1}, {});
  }
}

// A pane that cannot be seen through: its depth is its own.
void add_frosted_pane(Builder& builder, Random& random, const Side& side, const Opening& opening) {
  Material glass;
  glass.tint = Vec3{1.9F, 1.95F, 2} * random.uniform(0.5F, 1);
  glass.shine = 0.5F;
  glass.glow = random.uniform(0, 1.5F);
  const Vec3 size{opening.right - opening.left, opening.top - opening.bottom, 0.01F};
  builder.add(builder.own(box(size)),
              side.at((opening.left + opening.right) / 2, -kWallThickness_m / 2, opening.bottom),
              side.yaw, {1, 1, 1}, glass);
}

void add_wall(Builder& builder, Random& random, const Side& side, const Room& room,
              const Material& material, Vec3 trim) {
  builder.add(builder.own(wall_with_openings(
                  {side.length + kWallThickness_m, room.height, kWallThickness_m}, side.openings)),
              side.at(0, -kWallThickness_m / 2), side.yaw, {1, 1, 1}, material);
  std::vector<Opening> gaps;
  for (const Opening& opening : side.openings) {
    if (opening.bottom == 0)
      gaps.push_back({opening.left - 0.05F, opening.right + 0.05F, 0, 0.08F});
    const Vec3 at = side.at(0, -kWallThickness_m / 2);
    if (side.windows) {
      builder.add(builder.own(window_frame(random, opening, kWallThickness_m)), at, side.yaw,
                  {1, 1, 1}, {});
      dress_window(builder, random, side, opening);
      if (random.chance(0.12F)) add_frosted_pane(builder, random, side, opening);
      continue;
    }
    builder.add(builder.own(door_casing(opening, kWallThickness_m, trim)), at, side.yaw, {1, 1, 1},
                {});
    if (random.chance(0.35F)) {  // The door is closed.
      const float width = opening.right - opening.left;
      builder.add(builder.own(door(random, {width, opening.top, 0.05F})),
                  side.at((opening.left + opening.right) / 2, -kWallThickness_m / 2), side.yaw,
                  {1, 1, 1}, {});
    }
    add_next_room(builder, random, side, room.height);
  }
  Material skirting;
  skirting.tint = trim * 1.5F;
  builder.add(builder.own(wall_with_openings({side.length, 0.08F, 0.03F}, gaps)), side.at(0, 0.01F),
              side.yaw, {1, 1, 1}, skirting);
}

void add_shell(Builder& builder, Random& random, Interior& interior) {
  const Room& room = interior.room;
  const auto wall_surface = [&] {
    Material material = random.chance(0.6F)
                            ? builder.plain()
                            : builder.material(TextureKind::kAny, random.log_uniform(0.5F, 3));
    if (random.chance(0.5F))
      material.tint = mix({1.4F, 1.36F, 1.3F}, material.tint, random.uniform(0, 0.4F));
    return material;
  };
  const Material walls = wall_surface(), accent = random.chance(0.25F) ? wall_surface() : walls;
  const Vec3 trim = random.chance(0.6F) ? Vec3{0.9F, 0.9F, 0.88F} : Vec3{0.5F, 0.35F, 0.22F};
  for (int s = 0; s < 4; ++s) {
    Side& side = interior.sides[static_cast<std::size_t>(s)];
    side.length = s % 2 == 0 ? room.width : room.depth;
    side.distance = (s % 2 == 0 ? room.depth : room.width) / 2;
    side.yaw = static_cast<float>(s) * kPi / 2;
    choose_openings(side, random, room, interior.style);
    add_wall(builder, random, side, room, s == 0 ? accent : walls, trim);
  }
  const float edge = 2 * kWallThickness_m;
  const Mesh* slab = builder.own(box({room.width + edge, 0.1F, room.depth + edge}));
  builder.add(slab, {0, -0.1F, 0}, 0, {1, 1, 1},
              builder.material(random.chance(0.8F) ? TextureKind::kAny : TextureKind::kGround,
                               random.log_uniform(0.4F, 2)));
  Material ceiling = builder.plain();
  if (random.chance(0.8F)) ceiling.tint = Vec3{1, 1, 1} * random.uniform(1.2F, 2);
  builder.add(slab, {0, room.height, 0}, 0, {1, 1, 1}, ceiling);
}

// Ground, houses and trees that shine as bright as a day does beside a room.
void add_outside(Builder& builder, Random& random, Scene& scene, const Room& room) {
  const float glow = random.log_uniform(0.4F, 3),
              ground = -random.uniform(0.3F, 1) * (random.chance(0.5F) ? 1.0F : 12.0F);
  const auto bright = [&](Material material) {
    material.glow = glow * random.uniform(0.6F, 1.2F);
    return material;
  };
  builder.add(builder.own(box({300, 0.1F, 300})), {0, ground - 0.1F, 0}, 0, {1, 1, 1},
              bright(builder.material(TextureKind::kGround, 3)));
  const float reach = std::max(room.width, room.depth) + 3;
  const int things = random.integer(4, 16);
  for (int i = 0; i < things; ++i) {
    const float angle = random.uniform(0, 2 * kPi), away = reach * random.log_uniform(1, 6);
    const Vec3 at{away * std::sin(angle), ground, away * std::cos(angle)};
    if (random.chance(0.5F)) {
      Material green;
      green.glow = glow;
      builder.add(builder.own(tree(random, random.uniform(2, 9))), at, angle, {1, 1, 1}, green);
    } else {
      const float side = random.uniform(4, 8);
      builder.add(builder.own(box({side, random.uniform(3, 16), side})),
                  at * 1.6F - Vec3{0, ground * 0.6F, 0}, angle, {1, 1, 1},
                  bright(builder.material(TextureKind::kFacade, random.uniform(3, 7))));
    }
  }
  scene.sky.visible = true;
  scene.sky.cloud_seed = random.bits();
  scene.sky.cloud_cover = random.uniform(0, 0.9F);
  const float light = random.uniform(0.8F, 1.5F);
  scene.sky.horizon = Vec3{0.9F, 0.93F, 0.96F} * light;
  scene.sky.zenith = Vec3{random.uniform(0.4F, 0.8F), 0.75F, 0.95F} * light;
}

// The sun through the windows of one side, or the lamps of any other room.
void light_interior(Scene& scene, Random& random, const Interior& interior) {
  const Room& room = interior.room;
  light_indoors(scene, random, room.height, std::min(room.width, room.depth));
  for (const Side& side : interior.sides) {
    if (!side.windows || side.openings.empty() || !random.chance(0.4F)) continue;
    const float rise = random.uniform(0.25F, 1.0F), turn = side.yaw + random.normal(0.5F);
    scene.key.position = rotation_y(turn) * Vec3{0, std::sin(rise) * 60, std::cos(rise) * 60};
    scene.key.reach = 0;
    scene.key.color = Vec3{1, 0.93F, 0.82F} * random.log_uniform(0.8F, 5);
    scene.key.softness = random.log_uniform(0.8F, 3);
    scene.fill_position = side.at(0, 0.3F, 1.5F);
    scene.fill_color = Vec3{0.9F, 0.95F, 1} * random.uniform(0.3F, 1);
    return;
  }
}

}  // namespace

void compose_interior(Builder& builder, Random& random, Scene& scene) {
  Interior interior{static_cast<Style>(random.integer(0, 6)), {}, {}};
  if (interior.style >= Style::kCorridor && random.chance(0.3F)) interior.style = Style::kLiving;
  const Room room = interior.room = size_of(interior.style, random);
  add_shell(builder, random, interior);
  add_outside(builder, random, scene, room);
  const Vec3 eye{random.uniform(-0.38F, 0.38F) * room.width,
                 random.uniform(0.6F, std::min(1.9F, room.height - 0.4F)),
                 -random.uniform(0.15F, 0.42F) * room.depth};
  builder.block(eye, 0.7F);
  for (const Side& side : interior.sides) line_wall(builder, random, interior, side);
  fill_middle(builder, random, interior);
  if (random.chance(0.5F)) float_things(builder, random, room, eye);
  scene.target = {-eye.x * 0.4F + random.normal(0.15F) * room.width, 1,
                  room.depth * random.uniform(0.1F, 0.4F)};
  const float yaw =
      std::atan2(scene.target.x - eye.x, scene.target.z - eye.z) + random.normal(0.25F);
  scene.views = {Camera::looking(eye, yaw, random.normal(0.15F) - 0.08F,
                                 random.normal(random.chance(0.3F) ? 0.12F : 0.03F))};
  scene.target_radius = std::max(room.width, room.depth) * 0.6F;
  light_interior(scene, random, interior);
}
